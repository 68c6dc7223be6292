import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type Trap, WireProxy } from '../../faults/wire-proxy.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, variablesOf } from '../support/project.ts';

async function through(
  database: TestDatabase,
  trap?: Trap,
): Promise<{ readonly proxy: WireProxy; readonly client: pg.Client; readonly port: number }> {
  const proxy = new WireProxy(database, trap);
  const port = await proxy.listen();
  const { user, password } = database;
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: database.database });
  client.on('error', () => undefined);
  onTestFinished(() => proxy.close());
  return { proxy, client, port };
}

onServer('newest', 'the proxy', ({ freshDatabase }) => {
  test('counts what the client sends, and lets everything through', async () => {
    const { proxy, client } = await through(await freshDatabase());
    await client.connect();
    expect((await client.query('SELECT $1::int + 1 AS sum', [41])).rows).toEqual([{ sum: 42 }]);
    await client.end();
    expect(proxy.sent.map((message) => message[0])).toEqual(['s', 'p', 'p', 'P', 'B', 'D', 'E', 'S', 'X']);
  });

  test('acts before a message reaches the server', async () => {
    const database = await freshDatabase();
    const made = await through(database, { k: 4, side: 'before', act: async () => made.proxy.reset() });
    await made.client.connect();
    await expect(made.client.query('CREATE TABLE t ()')).rejects.toThrow();
    expect(await database.query("SELECT to_regclass('t') AS t")).toEqual([{ t: null }]);
  });

  test('acts when the server has done it and the answer has not arrived', async () => {
    const database = await freshDatabase();
    const made = await through(database, { k: 4, side: 'after', act: async () => made.proxy.reset() });
    await made.client.connect();
    await expect(made.client.query('CREATE TABLE t ()')).rejects.toThrow();
    expect(await database.query("SELECT to_regclass('t') AS t")).toEqual([{ t: 't' }]);
  });

  test('when mute, hides the end of either side from the other', async () => {
    const database = await freshDatabase();
    const made = await through(database, { k: 4, side: 'after', act: async () => made.proxy.mute() });
    await made.client.connect();
    made.client.query('CREATE TABLE t ()').catch(() => undefined);
    await made.proxy.isStruck;
    (made.client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const others = 'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
    expect(await database.query(others)).toEqual([{ n: 1 }]);
  });
});

// Faults that the matrix found, each at the point where it did.
onServer('newest', 'found by the matrix:', ({ freshDatabase }) => {
  test('a run sends no message that leaves its session neither idle nor at work', async () => {
    // Between Parse and Sync no idle limit counts: a silent drop there kept the RunLock for ever.
    const database = await freshDatabase();
    const { proxy, port } = await through(database);
    const project = await createProject(database, {
      ...pair('001_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;'),
      ...pair('002_i', 'CREATE INDEX CONCURRENTLY t_id ON t (id);\nCREATE INDEX CONCURRENTLY ON t (id, id);', 'DROP INDEX t_id;'),
    });
    const variables = { ...variablesOf(database), DB_PORT: String(port) };
    expect(await project.apply({ variables })).toMatchObject({ exitCode: 0 });
    expect(await project.rollback({ variables })).toMatchObject({ exitCode: 0 });
    expect(proxy.sent.filter((message) => /^[PBDES]\b/.test(message))).toEqual([]);
  });

  test('a sequence that forgot what it gave out (a copied database that crashed) is no hindrance', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;'));
    await project.apply();
    await database.query("SELECT setval('schema_migrations_id_seq', 1, false)");
    await project.write(pair('002_u', 'CREATE TABLE u (id int);', 'DROP TABLE u;'));
    expect(await project.apply()).toMatchObject({ exitCode: 0 });
    expect(await historyOf(database)).toEqual(['001_t', '002_u']);
  });
});
