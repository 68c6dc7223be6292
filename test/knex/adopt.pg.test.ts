import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import knexFactory from 'knex';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, refusalOf, type Tree } from '../support/project.ts';

const nameOf = (n: number): string => `202401${String(n).padStart(2, '0')}120000_make_t${n}`;

/** As `knex migrate:make` writes it in a project without "type": "module". */
const stockMigration = (n: number): string =>
  `exports.up = function (knex) {\n  return knex.schema.createTable('t${n}', (table) => {\n    table.increments();\n  });\n};\n\nexports.down = function (knex) {\n  return knex.schema.dropTable('t${n}');\n};\n`;

const THIRTY: Tree = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`migrations/${nameOf(i + 1)}.js`, stockMigration(i + 1)]));

/** Stock Knex as its documentation has it, on a plain knexfile. */
async function runStockKnex(database: TestDatabase, root: string, tableName = 'knex_migrations'): Promise<void> {
  const { host, port, user, password } = database;
  const knex = knexFactory({
    client: 'pg',
    connection: { host, port, user, password, database: database.database },
    migrations: { directory: path.join(root, 'migrations'), tableName },
  });
  try {
    // Two batches, as after two deployments.
    for (let i = 0; i < 3; i += 1) await knex.migrate.up();
    await knex.migrate.latest();
  } finally {
    await knex.destroy();
  }
}

onServer('newest', 'a history of stock Knex', ({ freshDatabase }) => {
  const adopted = async () => {
    const database = await freshDatabase();
    const stock = await createProject(database, THIRTY);
    await runStockKnex(database, stock.root);
    const checkout = await createCheckout(database, THIRTY);
    for (const file of ['db/migrations/001_init.sql', 'db/migrations/rollbacks/001_init.sql', 'migrations/001_init.ts'])
      rmSync(path.join(checkout.root, file));
    return { database, ...checkout };
  };

  test('of 30 migrations is adopted in one command, and both CLIs go on', async () => {
    const { database, ours, knex, write } = await adopted();
    const before = await database.query('select * from knex_migrations order by id');
    const answer = await ours(['migrate-baseline', '--env', 'development', '--from-knex']);
    expect(answer.stderr).toContain('Adopted 30 of knex_migrations');
    expect(answer.code).toBe(0);
    expect(await database.query('select * from knex_migrations order by id')).toEqual(before);
    expect(await database.query('select name, batch, migration_time from schema_migrations order by id')).toEqual(
      before.map(({ name, batch, migration_time }) => ({ name: String(name).replace('.js', ''), batch, migration_time })),
    );
    expect((await ours(['migrate-status', '--check'])).code).toBe(0);
    expect(await ours(['migrate-status', '--audit'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Verified') });

    await write(pair('20250101120000_ours', 'CREATE TABLE ours (id int);', 'DROP TABLE ours;'));
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    await write(pair('20250102120000_theirs', 'CREATE TABLE theirs (id int);', 'DROP TABLE theirs;'));
    expect(await knex(['migrate:latest'])).toMatchObject({ code: 0, stdout: expect.stringContaining('run: 1 migrations') });
    expect((await knex(['migrate:rollback'])).stdout).toContain('rolled back: 1 migrations');
    expect((await ours(['migrate-rollback'])).code).toBe(0);
    expect((await historyOf(database)).length).toBe(30);
    // And what stock Knex applied.
    const last = await ours(['migrate-rollback']);
    expect(last).toMatchObject({ code: 0 });
    expect(await isThere(database, 't30')).toBe(false);
    expect(await knex(['migrate:down'])).toMatchObject({ code: 0 });
    expect(await isThere(database, 't29')).toBe(false);
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    expect(await isThere(database, 't30')).toBe(true);
    expect(await ours(['migrate-status', '--audit'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Verified') });
  });

  test('in our own table has its names put right in place', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...THIRTY });
    await runStockKnex(database, project.root, 'schema_migrations');
    const refused = await refusalOf(project.apply());
    expect(refused).toMatchInlineSnapshot(`
      "30 things are in the way; nothing was changed
      1. 20240101120000_make_t1.js was applied by stock Knex, which keeps the extension; here its name is 20240101120000_make_t1
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      2. 20240102120000_make_t2.js was applied by stock Knex, which keeps the extension; here its name is 20240102120000_make_t2
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      3. 20240103120000_make_t3.js was applied by stock Knex, which keeps the extension; here its name is 20240103120000_make_t3
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      4. 20240104120000_make_t4.js was applied by stock Knex, which keeps the extension; here its name is 20240104120000_make_t4
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      5. 20240105120000_make_t5.js was applied by stock Knex, which keeps the extension; here its name is 20240105120000_make_t5
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      6. 20240106120000_make_t6.js was applied by stock Knex, which keeps the extension; here its name is 20240106120000_make_t6
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      7. 20240107120000_make_t7.js was applied by stock Knex, which keeps the extension; here its name is 20240107120000_make_t7
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      8. 20240108120000_make_t8.js was applied by stock Knex, which keeps the extension; here its name is 20240108120000_make_t8
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      9. 20240109120000_make_t9.js was applied by stock Knex, which keeps the extension; here its name is 20240109120000_make_t9
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      10. 20240110120000_make_t10.js was applied by stock Knex, which keeps the extension; here its name is 20240110120000_make_t10
        Next: npm run migrate:baseline -- --from-knex schema_migrations   puts the names right in place
      and 20 more, which show once these are settled"
    `);
    expect((await project.baseline({ table: 'schema_migrations' })).exitCode).toBe(0);
    expect((await historyOf(database)).at(0)).toBe(nameOf(1));
    expect((await database.query('select count(distinct batch)::int as n from schema_migrations'))[0]).toEqual({ n: 4 });
    await project.write(pair('20250101120000_ours', 'CREATE TABLE ours (id int);', 'DROP TABLE ours;'));
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.baseline({ table: 'schema_migrations' })).screen).toContain('in history already');
  });

  test('whose files had to be renamed is known by the names that were proposed', async () => {
    const database = await freshDatabase();
    const files = ['20240101120000_add.users.js', '20240102120000-dash.js', 'init.js'];
    const project = await createProject(
      database,
      Object.fromEntries(files.map((file, i) => [`migrations/${file}`, stockMigration(i + 1)])),
    );
    await runStockKnex(database, project.root);
    for (const { next } of (await project.status()).problems) {
      const [, from = '', to = ''] = /^mv (\S+) (\S+)$/.exec(next) ?? [];
      renameSync(path.join(project.root, from), path.join(project.root, to));
    }
    expect(await refusalOf(project.apply())).toContain('knex_migrations says that stock Knex applied 20240101120000_add_users and 1 more');
    const unknown = await refusalOf(project.baseline({ table: 'knex_migrations' }));
    expect(unknown).toContain('where migrations/001_init.js is that file under another name');
    await database.query(/UPDATE .*;/.exec(unknown)?.[0] ?? '');
    expect((await project.baseline({ table: 'knex_migrations' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['20240101120000_add_users', '20240102120000_dash', '001_init']);
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.apply()).outcome?.done ?? []).toEqual([]);
    expect((await project.rollback({ to: '0' })).exitCode).toBe(0);
  });

  test('that is absent, locked, or without its files is refused, and nothing changes', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THIRTY);
    const table = 'knex_migrations';
    expect(await refusalOf(project.baseline({ table }))).toMatchInlineSnapshot(`
      "There is no history of stock Knex in public.knex_migrations
        Next: npm run migrate:baseline -- --from-knex TABLE   with the tableName of the old knexfile (SCHEMA.TABLE where it is elsewhere)"
    `);
    await runStockKnex(database, project.root);
    await database.query('update knex_migrations_lock set is_locked = 1');
    const locked = await refusalOf(project.baseline({ table }));
    expect(locked).toMatchInlineSnapshot(`
      "A stock Knex runs on public.knex_migrations, or died there: knex_migrations_lock says is_locked
        Next: UPDATE "public"."knex_migrations_lock" SET is_locked = 0;   where no Knex runs any more"
    `);
    await database.query(/UPDATE .*;/.exec(locked)?.[0] ?? '');
    project.remove(`migrations/${nameOf(7)}.js`);
    expect(await refusalOf(project.baseline({ table }))).toMatchInlineSnapshot(`
      "1 of knex_migrations has no file here, so nothing was adopted: 20240107120000_make_t7.js
        Next: mkdir -p migrations && cp -n OLD_PROJECT/migrations/* migrations/   where OLD_PROJECT is the folder of the project that applied them"
    `);
    expect(await historyOf(database)).toEqual([]);
    await project.write(THIRTY);
    expect((await project.baseline({ table, dryRun: true })).screen).toContain('Dry run: would adopt 30 of knex_migrations');
    expect(await historyOf(database)).toEqual([]);
    expect((await project.baseline({ table })).exitCode).toBe(0);
    expect((await historyOf(database)).length).toBe(30);
  });
});
