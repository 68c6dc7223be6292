import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Checkout, createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';

// More of the same on request: KILLS=50 npx vitest run test/journeys/kill
const KILLS = sampleSize('KILLS', { everyday: 1, inCi: 3 });

const FILES = {
  ...pair(
    '002_t',
    'BEGIN; CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 20000); COMMIT;',
    'BEGIN; DROP TABLE t; COMMIT;',
  ),
  ...pair(
    '003_i',
    'CREATE INDEX CONCURRENTLY t_id ON t (id);\nINSERT INTO t VALUES (0);\nCREATE INDEX CONCURRENTLY ON t (id, (id + 1));',
    'DROP INDEX CONCURRENTLY t_id;\nDELETE FROM t WHERE id = 0;\nDROP INDEX CONCURRENTLY t_id_expr_idx;',
  ),
  ...pair('004_more', 'BEGIN; ALTER TABLE t ADD COLUMN v int; UPDATE t SET v = id; COMMIT;', 'BEGIN; ALTER TABLE t DROP COLUMN v; COMMIT;'),
};

/** Schema, data and history in one value. */
async function picture(database: TestDatabase): Promise<unknown> {
  const catalog =
    "select (select coalesce(json_agg(c order by c), '[]') from (select relname || relkind::text || coalesce((select indisvalid from pg_index where indexrelid = k.oid), true)::text as c from pg_class k where relnamespace = 'public'::regnamespace) s) as catalog";
  const [{ catalog: shape } = {}] = await database.query(catalog);
  const history = await database.query('select name from schema_migrations order by id');
  const locks = await database.query('select is_locked from schema_migrations_lock');
  const rows = await database.query(
    "select case when to_regclass('t') is null then 'none' else (xpath('/row/n/text()', query_to_xml('select count(*) as n from t', false, true, '')))[1]::text end as n",
  );
  return { shape, history, locks, rows };
}

const COMMANDS = {
  'npm run migrate:dev': { program: 'ours', args: ['migrate-up', '--env', 'development'], direction: 'up' },
  'npx knex migrate:latest': { program: 'knex', args: ['migrate:latest'], direction: 'up' },
  'npm run migrate:rollback': { program: 'ours', args: ['migrate-rollback', '--to', '001'], direction: 'down' },
  'npx knex migrate:rollback --all': { program: 'knex', args: ['migrate:rollback', '--all'], direction: 'down' },
} as const;

type Command = (typeof COMMANDS)[keyof typeof COMMANDS];

async function runKilled({ start }: Checkout, { program, args }: Command, afterMs: number): Promise<void> {
  const { child, finished } = start(program, args);
  await Promise.race([sleep(afterMs), finished]);
  child.kill('SIGKILL');
  await finished;
}

onServer('newest', 'a killed run', ({ freshDatabase }) => {
  for (const [name, command] of Object.entries(COMMANDS)) {
    test(`of ${name} is finished by running it again, ${KILLS} times at random moments`, { timeout: 60_000 * KILLS }, async () => {
      const undisturbed = await freshDatabase();
      const reference = await createCheckout(undisturbed, FILES);
      if (command.direction === 'down') await reference.ours(['migrate-up', '--env', 'development']);
      const startedAt = performance.now();
      expect((await reference.start(command.program, command.args).finished).code).toBe(0);
      const spanMs = performance.now() - startedAt;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const database = await freshDatabase();
        const checkout = await createCheckout(database, FILES);
        if (command.direction === 'down') expect((await checkout.ours(['migrate-up', '--env', 'development'])).code).toBe(0);
        // Spread over the whole run, start-up included, with a random shift.
        await runKilled(checkout, command, spanMs * (0.4 + (0.65 * (kill + Math.random())) / KILLS));
        const again = await checkout.start(command.program, command.args).finished;
        // A rollback that had finished before the kill has nothing left to do.
        expect(again).toMatchObject({ code: 0 });
        expect(await picture(database)).toEqual(await picture(undisturbed));
      }
    });
  }
});
