import pg from 'pg';
import { expect, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, variablesOf } from '../support/project.ts';
import { answerOf } from './answer.ts';
import { findPgBouncer, startPgBouncer } from './pgbouncer.ts';
import { behindProxy, otherProcessId, swapText } from './proxy.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

const bouncer = findPgBouncer();
if (!bouncer) process.stderr.write('skipped: pgbouncer is not on PATH (apt-get install pgbouncer)\n');

/** What the pooler's server sessions have become for whoever comes next. */
async function settingsLeftBehind(database: TestDatabase): Promise<unknown> {
  const { host, port, user, password } = database;
  const client = new pg.Client({ host, port, user, password, database: database.database });
  await client.connect();
  const { rows } = await client.query(
    `select current_setting('default_transaction_read_only') as "readOnly", current_setting('statement_timeout') as timeout`,
  );
  await client.end();
  return rows[0];
}

onServer('newest', 'poolers', ({ freshDatabase }) => {
  test('a session pooler passes: it has another process id, and one server session per client', async () => {
    const database = await freshDatabase();
    const project = await createProject(await behindProxy(database, { toClient: otherProcessId }), FIRST);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a']);
  });

  test('a connection that changes its server session is refused', async () => {
    const database = await freshDatabase();
    const toServer = swapText('pg_catalog.pg_backend_pid()', '(random() * 1e6)::int');
    const project = await createProject(await behindProxy(database, { toServer }), FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      The connection goes through a transaction pooler: each transaction may land on another server session, so no lock can protect the run
        Next: connect to PostgreSQL itself (its own host and port, often 5432) or to the pooler's session mode: set DB_HOST and DB_PORT, or DATABASE_URL"
    `);
  });

  test.skipIf(!bouncer)('PgBouncer is refused in transaction mode, and passes in session mode', async () => {
    const database = await freshDatabase();
    const port = await startPgBouncer(database);
    const project = await createProject({ ...database, port }, FIRST);
    const transaction = { ...variablesOf({ ...database, port }), DB_NAME: 'transaction' };
    expect(await answerOf(database, () => project.apply({ variables: transaction }))).toMatchInlineSnapshot(`
      "exit 2
      The connection goes through a transaction pooler: each transaction may land on another server session, so no lock can protect the run
        Next: connect to PostgreSQL itself (its own host and port, often 5432) or to the pooler's session mode: set DB_HOST and DB_PORT, or DATABASE_URL"
    `);
    expect(await answerOf(database, () => project.rollback({ variables: transaction }))).toContain('exit 2\nThe connection goes through');
    expect((await project.status({ variables: transaction })).pending.length).toBe(1);
    expect(await settingsLeftBehind({ ...database, port, database: 'transaction' })).toEqual({ readOnly: 'off', timeout: '0' });
    const session = { ...transaction, DB_NAME: 'session' };
    expect((await project.apply({ variables: session })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a']);
  });
});
