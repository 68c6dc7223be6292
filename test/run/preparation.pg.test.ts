import { expect, onTestFinished, test } from 'vitest';
import { WireProxy } from '../../faults/wire-proxy.ts';
import { behindProxy, swapText } from '../bad-input/proxy.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, type TestProject, up, variablesOf } from '../support/project.ts';

const NAMES = Array.from({ length: 12 }, (_, i) => `${String(i + 1).padStart(3, '0')}_t`);

const tables = (names: readonly string[]): Record<string, string> =>
  Object.assign({}, ...names.map((name) => pair(name, `CREATE TABLE t${name} (id int);`, `DROP TABLE t${name};`)));

async function messagesOf(database: TestDatabase, run: (variables: Record<string, string>) => Promise<unknown>): Promise<number> {
  const proxy = new WireProxy(database);
  onTestFinished(() => proxy.close());
  const port = await proxy.listen();
  await run({ ...variablesOf(database), DB_HOST: '127.0.0.1', DB_PORT: String(port) });
  return proxy.sent.length;
}

/** What a run that applies costs, and one that rolls all of it back. */
async function cost(project: TestProject, database: TestDatabase): Promise<readonly number[]> {
  const applied = await messagesOf(database, (variables) => project.apply({ variables }));
  const rolledBack = await messagesOf(database, (variables) => project.rollback({ variables, to: '0' }));
  return [applied, rolledBack];
}

onServer('newest', 'what prepares a step', ({ freshDatabase }) => {
  test('travels with the step before it: a migration is one message', async () => {
    const database = await freshDatabase();
    const few = await createProject(database, tables(NAMES.slice(0, 2)));
    await cost(few, database);
    const [applyTwo = 0, undoTwo = 0] = await cost(few, database);
    await few.write(tables(NAMES));
    const [applyAll = 0, undoAll = 0] = await cost(few, database);
    expect([applyAll - applyTwo, undoAll - undoTwo]).toEqual([10, 10]);
  });

  test('is asked for once more where it failed: the step before it is applied, and told so', async () => {
    const database = await freshDatabase();
    const failing = swapText('pg_try_advisory_lock(', 'pg_cry_advisory_lock(');
    const toServer = (chunk: Buffer) => (chunk.includes('COMMIT;') ? failing(chunk) : chunk);
    const project = await createProject(await behindProxy(database, { toServer }), tables(NAMES.slice(0, 3)));
    const { outcome } = await project.apply();
    expect(outcome?.failed).toBeUndefined();
    expect(await historyOf(database)).toEqual(NAMES.slice(0, 3));
  });

  test('lets nothing of a session through to the next step', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_a')]:
        "SET statement_timeout = '1d'; SET search_path = pg_catalog; CREATE TEMP TABLE left_over (id int); CREATE SCHEMA mine;",
      [up('002_b')]: "CREATE TABLE found AS SELECT current_setting('statement_timeout') AS timeout, to_regclass('left_over') AS left_over;",
    });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('SELECT * FROM found')).toEqual([{ timeout: '0', left_over: null }]);
  });
});
