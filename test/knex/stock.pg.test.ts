import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WireProxy } from '../../faults/wire-proxy.ts';
import { createCheckout } from '../support/checkout.ts';
import { onEachServer, onServer, type TestDatabase } from '../support/database.ts';
import { down, historyOf, isThere, pair, steady, up, variablesOf } from '../support/project.ts';

const MORE = {
  ...pair('002_add_new_table', 'BEGIN;\nCREATE TABLE new_table (id int);\nCOMMIT;', 'BEGIN;\nDROP TABLE IF EXISTS new_table;\nCOMMIT;'),
  ...pair('003_index', 'CREATE INDEX CONCURRENTLY new_table_id ON new_table (id);', 'DROP INDEX CONCURRENTLY new_table_id;'),
};

/** As if the connection had broken between the COMMIT of the last run and its answer. */
async function forgetEnd(database: TestDatabase): Promise<void> {
  await database.query('alter table schema_migrations_journal disable trigger schema_migrations_journal_keep');
  await database.query(
    "delete from schema_migrations_journal where id = (select max(id) from schema_migrations_journal where event = 'run-ended')",
  );
  await database.query('alter table schema_migrations_journal enable always trigger schema_migrations_journal_keep');
}

onEachServer('the stock CLI', ({ freshDatabase }) => {
  test('mixes freely with ours on the same history', async () => {
    const database = await freshDatabase();
    const { knex, ours } = await createCheckout(database, MORE);
    expect(await knex(['migrate:latest'])).toMatchObject({
      code: 0,
      stdout: 'Using environment: development\nBatch 1 run: 3 migrations\n',
      stderr: '',
    });
    expect(await database.query('select name, batch from schema_migrations order by id')).toEqual([
      { name: '001_init', batch: 1 },
      { name: '002_add_new_table', batch: 2 },
      { name: '003_index', batch: 3 },
    ]);
    expect((await ours(['migrate-up', '--env', 'development'])).stderr).toMatch(/^Nothing to apply/);
    expect((await knex(['migrate:rollback'])).stdout).toContain('Batch 3 rolled back: 1 migrations');
    expect((await ours(['migrate-rollback'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init']);
    expect((await knex(['migrate:up', '--env', 'development'])).stdout).toContain('002_add_new_table');
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    expect((await knex(['migrate:down'])).stdout).toContain('003_index');
    expect((await knex(['migrate:list'])).stdout).toContain('Found 1 Pending Migration file/files.\n003_index');
    expect((await knex(['migrate:rollback', '--all'])).code).toBe(0);
    expect(await historyOf(database)).toEqual([]);
    expect(await isThere(database, 'tenants')).toBe(false);
  });
});

onServer('newest', 'the stock CLI', ({ freshDatabase }) => {
  test('is as atomic as ours, and prints our message without a trace', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, {
      ...MORE,
      [up('002_add_new_table')]: 'BEGIN;\nCREATE TABLE new_table (id int);\nSELECT nope;\nCOMMIT;',
    });
    const { code, stderr } = await knex(['migrate:latest']);
    expect(code).toBe(1);
    expect(steady(stderr).replace(/by \S+@\S+/, 'by WHOM')).toMatchInlineSnapshot(`
      "db/migrations/002_add_new_table.sql failed at statement 2 of 2: column "nope" does not exist; nothing of it was kept
        db/migrations/002_add_new_table.sql:3:8   42703
        3 │ SELECT nope;
          │        ^
        Next: correct db/migrations/002_add_new_table.sql, then run npm run migrate:dev again
      "
    `);
    expect(await historyOf(database)).toEqual(['001_init']);
    expect(await isThere(database, 'new_table')).toBe(false);
    expect(await database.query('select is_locked from schema_migrations_lock')).toEqual([{ is_locked: 0 }]);
  });

  test('refuses everything because of a typo in a later file', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, { ...MORE, [up('004_typo')]: 'CREATE TABEL x (id int);' });
    const { code, stdout, stderr } = await knex(['migrate:latest']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('db/migrations/004_typo.sql:1:8');
    expect(await historyOf(database)).toEqual([]);
  });

  test('says how the next number is taken; a module without its SQL prints the two touch commands', async () => {
    const database = await freshDatabase();
    const { knex, ours, root } = await createCheckout(database);
    const refused = await knex(['migrate:make', 'add_things']);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('Next: npm run migrate:make -- add_things   takes the next number');
    const name = '002_add_things';
    expect((await ours(['migrate-make', 'add_things'])).stdout).toContain(`migrations/${name}.ts`);
    rmSync(path.join(root, up(name)));
    rmSync(path.join(root, down(name)));
    for (const { code, stderr } of [await knex(['migrate:latest']), await ours(['migrate-up', '--env', 'development'])]) {
      expect(code).not.toBe(0);
      expect(stderr).toContain(`touch db/migrations/${name}.sql`);
      expect(stderr).toContain(`touch db/migrations/rollbacks/${name}.sql`);
      expect(stderr).not.toContain(' at ');
    }
  });

  test('answers a rollback that was cut off after it was done, and undoes no second one', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, MORE);
    await knex(['migrate:latest']);
    expect((await knex(['migrate:rollback'])).stderr).toMatch(/^1\/1 003_index rolled back in \d+ ms\n$/);
    await forgetEnd(database);
    const { code, stdout, stderr } = await knex(['migrate:rollback']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Using environment: development\n' });
    expect(steady(stderr).replace(/by \S+@\S+/, 'by WHOM')).toMatchInlineSnapshot(`
      "Note: the run of TIME by WHOM (003_index) was interrupted; what it committed is in history, and this run resumes from there
      Note: 003_index was rolled back by the interrupted run, whose answer never arrived; nothing more was rolled back (development)
        Next: npx knex migrate:rollback   again, to roll back the one before it
      "
    `);
    expect(await historyOf(database)).toEqual(['001_init', '002_add_new_table']);
    expect(await database.query('select is_locked from schema_migrations_lock')).toEqual([{ is_locked: 0 }]);
    expect((await knex(['migrate:down'])).code).toBe(0);
    await forgetEnd(database);
    expect((await knex(['migrate:down', '001_init'])).code).toBe(0);
    expect(await historyOf(database)).toEqual([]);
  });

  test('tells of a connection that is lost before anything began without a trace', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, MORE);
    const proxy: WireProxy = new WireProxy(database, { k: 11, side: 'before', act: async () => proxy.reset() });
    onTestFinished(() => proxy.close());
    const { code, stderr } = await knex(['migrate:latest'], { ...variablesOf(database), DB_PORT: String(await proxy.listen()) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The connection to the server was lost; what was not committed was rolled back\n/);
    expect(stderr).toMatch(/\n {2}Next: check that the server is up, then run the same command again\n$/);
  });

  test('goes on with a batch of several whose rollback was cut off', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, MORE);
    await knex(['migrate:latest']);
    await knex(['migrate:down']);
    // As stock Knex alone records them.
    await database.query("update schema_migrations set batch = 3 where name = '002_add_new_table'");
    await forgetEnd(database);
    expect((await knex(['migrate:rollback'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init']);
  });

  test('runs code migrations and seeds, atomically', async () => {
    const database = await freshDatabase();
    const code = (body: string) =>
      `import type { Knex } from 'knex';\nexport async function up(knex: Knex): Promise<void> {\n  ${body}\n}\nexport async function down(knex: Knex): Promise<void> {\n  await knex.schema.dropTable('coded');\n}\n`;
    const { knex, ours, write } = await createCheckout(database, {
      'migrations/002_coded.ts': code("await knex.schema.createTable('coded', (t) => t.increments());\n  throw new Error('half-way');"),
    });
    for (const run of [() => knex(['migrate:latest']), () => ours(['migrate-up', '--env', 'development'])]) {
      expect((await run()).stderr).toContain('half-way');
      expect(await isThere(database, 'coded')).toBe(false);
    }
    await write({
      'migrations/002_coded.ts': code(
        "await knex.schema.createTable('coded', (t) => t.increments());\n  await knex('coded').insert({ id: 7 });",
      ),
    });
    expect((await knex(['migrate:latest'])).code).toBe(0);
    expect(await database.query('select id from coded')).toEqual([{ id: 7 }]);
    expect((await ours(['migrate-rollback'])).code).toBe(0);
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    expect((await knex(['seed:run'])).code).toBe(0);
    expect((await ours(['seed', '--env', 'development'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init', '002_coded']);
  });

  test('obeys in code as well: knex.migrate.latest() of an application, two at once, and the pool stays clean', async () => {
    const database = await freshDatabase();
    const program = `import knex from 'knex';
import config from './knexfile.ts';
const instances = [knex(config.development), knex(config.development)];
// Stock Knex makes its tables in a race; the CLI and ours do not.
await instances[0].migrate.list();
await Promise.all(instances.map((it) => it.migrate.latest().catch((error) => { if (!/already locked/.test(error.message)) throw error; })));
const [{ path }] = (await instances[0].raw("select current_setting('idle_session_timeout') as path, count(*)::int as n from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) group by 1")).rows.concat([{ path: 'no lock' }]);
console.log(path);
await Promise.all(instances.map((it) => it.destroy()));
`;
    const { start } = await createCheckout(database, { ...MORE, 'application.ts': program });
    expect(await start('application', []).finished).toMatchObject({ code: 0, stdout: 'no lock\n' });
    expect(await historyOf(database)).toEqual(['001_init', '002_add_new_table', '003_index']);
  });
});
