import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf, isThere } from '../support/project.ts';
import { MORE } from './files.ts';

onServer('newest', 'the stock CLI', ({ freshDatabase }) => {
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
