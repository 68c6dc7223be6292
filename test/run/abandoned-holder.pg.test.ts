import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { endAbandoned } from '../../src/pg/run-lock.ts';
import { onEachServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { until } from '../support/wait.ts';

const pidOf = (client: Client): number => (client as unknown as { processID: number }).processID;

/** A session that has got a Parse and waits for what comes next, as when its client vanishes between two messages. */
async function inMidQuery(database: TestDatabase, text: string): Promise<Client> {
  const client = await database.connect();
  const { connection } = client as unknown as { connection: { parse: (query: object) => void; flush: () => void } };
  connection.parse({ text, name: '' });
  connection.flush();
  await until(
    'the session to stand in the middle of a query',
    async () => (await stateOf(database, pidOf(client))) === 'active ClientRead',
  );
  return client;
}

async function stateOf(database: TestDatabase, pid: number): Promise<string | undefined> {
  const [row] = await database.query("SELECT state || ' ' || wait_event AS state FROM pg_stat_activity WHERE pid = $1", [pid]);
  return row && String(row['state']);
}

async function queryOf(database: TestDatabase, pid: number): Promise<unknown> {
  const [row] = await database.query('SELECT query FROM pg_stat_activity WHERE pid = $1', [pid]);
  return row?.['query'];
}

onEachServer('a session that holds what is waited for', ({ freshDatabase }) => {
  test('is ended when it stands in the middle of a query for too long', async () => {
    const database = await freshDatabase();
    const vanished = await inMidQuery(database, 'SELECT 1');
    const look = endAbandoned(await database.connect(), 100);
    await until('it to be ended', async () => {
      await look(pidOf(vanished));
      return (await stateOf(database, pidOf(vanished))) === undefined;
    });
  });

  test('is ended although one look found it at something else for a moment, as every DROP DATABASE makes it', async () => {
    const database = await freshDatabase();
    const vanished = await inMidQuery(database, 'SELECT 1');
    const client = await database.connect();
    const look = endAbandoned(client, 3_000);
    const query = client.query.bind(client) as (text: string) => Promise<{ rows: object[] }>;
    const startedAt = Date.now();
    let disturbedAt: number | undefined;
    client.query = (async (text: string) => {
      const answer = await query(text);
      if (disturbedAt !== undefined || Date.now() - startedAt < 2_500) return answer;
      disturbedAt = Date.now();
      return { ...answer, rows: answer.rows.map((row) => ({ ...row, isWaiting: false })) };
    }) as unknown as Client['query'];
    await until('it to be ended', async () => {
      await look(pidOf(vanished));
      return (await stateOf(database, pidOf(vanished))) === undefined;
    });
    expect(Date.now() - (disturbedAt ?? 0)).toBeLessThan(3_000);
  });

  test('begins anew with each message that its client sends', async () => {
    const database = await freshDatabase();
    const slow = await inMidQuery(database, 'SELECT 1');
    const look = endAbandoned(await database.connect(), 100);
    const { connection } = slow as unknown as { connection: { parse: (query: object) => void; flush: () => void } };
    for (let i = 0; i < 5; i += 1) {
      connection.parse({ text: `SELECT ${i}`, name: '' });
      connection.flush();
      await until('the message to arrive', async () => (await queryOf(database, pidOf(slow))) === `SELECT ${i}`);
      await look(pidOf(slow));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(await stateOf(database, pidOf(slow))).toBe('active ClientRead');
  });

  test('is left alone while it is idle, and while it takes its time over a COPY', async () => {
    const database = await freshDatabase();
    const idle = await database.connect();
    const copying = await inMidQuery(database, 'COPY pg_am TO STDOUT');
    const look = endAbandoned(await database.connect(), 0);
    for (let i = 0; i < 5; i += 1) for (const client of [idle, copying]) await look(pidOf(client));
    expect(await stateOf(database, pidOf(idle))).toBe('idle ClientRead');
    expect(await stateOf(database, pidOf(copying))).toBe('active ClientRead');
  });

  test('a run that was settled by somebody stays in the status until something runs again', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...pair('001_t', 'CREATE TABLE t ();', 'DROP TABLE t;') });
    await project.apply();
    await project.write(pair('002_u', 'CREATE TABLE u ();', 'DROP TABLE u;'));
    await database.query(`INSERT INTO schema_migrations_journal (id, at, prev_hash, hash, run, event, direction, details) VALUES
      (0, now(), '', '', 'vanished', 'run-started', 'up', '{"environment": "test", "pid": 1, "by": "ann@ci", "steps": ["002_u"]}'),
      (0, now(), '', '', 'vanished', 'settled', 'up', '{"as": "interrupted"}')`);
    expect((await project.status()).attempts).toMatchObject([
      { name: '002_u', state: 'interrupted', error: expect.stringContaining('ann@ci') },
    ]);
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.status()).attempts).toEqual([]);
  });
});
