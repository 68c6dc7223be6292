import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOwnBinaries, type OwnServer, startOwnServer } from '../bad-input/own-server.ts';
import type { TestServer } from '../support/cheap-server.ts';
import type { TestDatabase } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { until } from '../support/wait.ts';

const binaries = findOwnBinaries();
if (!binaries) process.stderr.write('skipped: the PostgreSQL 18 binaries are not installed: npm ci --include=optional\n');

const ROWS = 60_000;
const WIDE = pair(
  '001_wide',
  `CREATE TABLE wide (id int PRIMARY KEY, n int NOT NULL, filler text);\nINSERT INTO wide SELECT g, 0, repeat('x', 300) FROM generate_series(1, ${ROWS}) g;`,
  'DROP TABLE wide;',
);

describe.skipIf(!binaries)('a backfill beside a replica', () => {
  let server: OwnServer | undefined;
  let replica: TestServer | undefined;

  beforeAll(async () => {
    if (binaries) server = await startOwnServer(binaries, 30);
    replica = await server?.addReplica();
  });
  afterAll(() => server?.end());

  const queryAt = async (at: TestServer | undefined, sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ ...at, database: 'postgres' });
    await client.connect();
    const { rows } = await client.query(sql).finally(() => client.end());
    return rows;
  };

  test('waits while that replays nothing, says so, and goes on by itself', async () => {
    const database = { ...server, database: 'postgres', query: (sql: string) => queryAt(server, sql) } as unknown as TestDatabase;
    const project = await createProject(database, WIDE);
    expect((await project.apply()).exitCode).toBe(0);
    await until(
      'the replica to have it',
      async () =>
        (await queryAt(replica, "SELECT to_regclass('wide') IS NOT NULL AND pg_last_wal_replay_lsn() IS NOT NULL AS has"))[0]?.['has'],
    );
    await queryAt(replica, 'SELECT pg_wal_replay_pause()');
    await project.write(pair('002_count', '-- part: backfill batch=500 pause=5ms\nUPDATE wide SET n = n + 1;', '-- empty: nothing'));
    const run = project.apply();
    const isHeld = "SELECT rows FROM schema_migrations_backfills WHERE updated_at < clock_timestamp() - interval '1 s'";
    const [held] = await until('it to wait', async () => {
      const rows = await database.query(isHeld).catch(() => []);
      return rows.length > 0 && rows;
    });
    expect(Number(held?.['rows'])).toBeLessThan(ROWS);
    await queryAt(replica, 'SELECT pg_wal_replay_resume()');
    const { exitCode, events } = await run;
    expect(exitCode).toBe(0);
    const reasons = events.flatMap((event) => (event.type === 'backfill' && event.why !== undefined ? [event.why] : []));
    expect(reasons.filter((why) => /is behind by \d+ MB, \d+ s$/.test(why)).length).toBeGreaterThan(0);
    expect(await database.query('SELECT n, count(*)::int AS rows FROM wide GROUP BY n')).toEqual([{ n: 1, rows: ROWS }]);
  });
});
