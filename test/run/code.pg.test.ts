import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf, isThere, pair } from '../support/project.ts';
import { until } from '../support/wait.ts';

const module = (up: string, extra = ''): string =>
  `import type { Knex } from 'knex';\n${extra}\nexport async function up(knex: Knex): Promise<void> {\n${up}\n}\nexport async function down(knex: Knex): Promise<void> {\n  await knex.raw('drop table if exists coded');\n}\n`;

const UP = ['migrate-up', '--env', 'development'] as const;

onServer('newest', 'a code migration', ({ freshDatabase }) => {
  test('may end its own savepoint, and is still undone as a whole', async () => {
    const database = await freshDatabase();
    const { ours } = await createCheckout(database, {
      'migrations/002_coded.ts': module(
        "  await knex.schema.createTable('coded', (t) => t.increments());\n  await (knex as Knex.Transaction).commit();\n  throw new Error('after the commit');",
      ),
    });
    expect((await ours(UP)).stderr).toContain('after the commit');
    expect(await isThere(database, 'coded')).toBe(false);
  });

  test('wraps a script in code, in one transaction with it', async () => {
    const database = await freshDatabase();
    const wrapped = module(
      "  await script.up(knex);\n  await knex('scripted').insert({ id: 1 });\n  if (process.env['BREAK']) throw new Error('too late');",
      "import { sqlMigration } from 'lockstep';\nconst script = sqlMigration(import.meta.url);",
    );
    const { ours } = await createCheckout(database, {
      ...pair('002_coded', 'BEGIN;\nCREATE TABLE scripted (id int);\nCOMMIT;', 'DROP TABLE scripted;'),
      'migrations/002_coded.ts': wrapped,
    });
    const variables = {
      DB_HOST: database.host,
      DB_PORT: String(database.port),
      DB_USER: database.user,
      DB_PASSWORD: database.password,
      DB_NAME: database.database,
    };
    expect((await ours(UP, { ...variables, BREAK: '1' })).code).toBe(1);
    expect(await isThere(database, 'scripted')).toBe(false);
    expect((await ours(UP)).code).toBe(0);
    expect(await database.query('select id from scripted')).toEqual([{ id: 1 }]);
  });

  test('without a transaction is journaled as such, and asked about after a crash', async () => {
    const database = await freshDatabase();
    const { ours, start } = await createCheckout(database, {
      'migrations/002_coded.ts': module(
        "  await knex.schema.createTable('coded', (t) => t.increments());\n  if (process.env['DIE']) process.kill(process.pid, 'SIGKILL');",
        'export const config = { transaction: false };',
      ),
    });
    const variables = {
      DB_HOST: database.host,
      DB_PORT: String(database.port),
      DB_USER: database.user,
      DB_PASSWORD: database.password,
      DB_NAME: database.database,
    };
    await start('ours', UP, { ...variables, DIE: '1' }).finished;
    expect(await database.query("select details from schema_migrations_journal where event = 'part-started'")).toEqual([
      { details: { transaction: false } },
    ]);
    const asked = await ours(UP);
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('npm run migrate:dev -- --interrupted done')]);
    expect((await ours([...UP, '--interrupted', 'done'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init', '002_coded']);
  });

  test('is told to use its trx when it asks for a second connection', async () => {
    const database = await freshDatabase();
    const { ours } = await createCheckout(database, {
      'migrations/002_coded.ts': module(
        "  await knex.transaction(async () => knex.raw('select 1'));",
        'export const config = { transaction: false };',
      ),
    });
    const { code, stderr } = await ours(UP);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Next: use the trx that up(trx) or down(trx) was given for every query')]);
    expect(await historyOf(database)).toEqual(['001_init']);
  });

  test('that exports no up is refused before anything runs', async () => {
    const database = await freshDatabase();
    const { ours } = await createCheckout(database, { 'migrations/002_coded.ts': 'export const nothing = 1;\n' });
    const { code, stderr } = await ours(UP);
    expect([code, stderr]).toEqual([2, expect.stringContaining('migrations/002_coded.ts exports no function "up"')]);
    expect(await isThere(database, 'schema_migrations')).toBe(true);
    expect(await historyOf(database)).toEqual([]);
  });

  test('that ends the process does not look like a success, and is undone', async () => {
    const database = await freshDatabase();
    const { ours } = await createCheckout(database, {
      'migrations/002_coded.ts': module("  await knex.schema.createTable('coded', (t) => t.increments());\n  process.exit(0);"),
    });
    const { code, stderr } = await ours(UP);
    expect([code, stderr]).toEqual([1, expect.stringContaining('The process ended before the command did')]);
    await until('the rollback', async () => !(await isThere(database, 'coded')));
    expect(await historyOf(database)).toEqual(['001_init']);
    expect((await ours(['migrate-status'])).stdout).toContain('Interrupted: 002_coded');
  });

  test('comes in any number, without a word of Node about them', async () => {
    const database = await freshDatabase();
    const many = Array.from({ length: 12 }, (_, i) => [`migrations/1${String(i).padStart(2, '0')}_many.ts`, module('')] as const);
    const { ours, knex } = await createCheckout(database, Object.fromEntries(many));
    const { code, stderr } = await ours(UP);
    expect([code, stderr.match(/Warning/g)]).toEqual([0, null]);
    expect((await knex(['migrate:rollback', '--all'])).stderr).not.toContain('Warning');
  });
});
