import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair, variablesOf } from '../support/project.ts';
import { seeded } from '../support/seeded.ts';
import { until } from '../support/wait.ts';

// BACKFILL_ROWS=10000000 BACKFILL_OPTIONS= BACKFILL_KILL_ROWS=400000 npx vitest run test/backfill/killed-workers   is the long way.
const ROWS = Number(process.env['BACKFILL_ROWS'] ?? 60_000);
const OPTIONS = process.env['BACKFILL_OPTIONS'] ?? 'batch=200 pause=20ms';
const KILL_ROWS = Number(process.env['BACKFILL_KILL_ROWS'] ?? 6_000);
const WORKERS = 3;
const CHILD = path.resolve(import.meta.dirname, 'work-in-child.ts');

class Worker {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(root: string, database: TestDatabase) {
    const env = { ...process.env, ...variablesOf(database) };
    this.child = spawn(process.execPath, ['--import', 'tsx', CHILD, root], { stdio: 'ignore', env });
    this.ended = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)));
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }
}

const TREE = {
  ...pair(
    '001_counters',
    `CREATE TABLE counters (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0) WITH (fillfactor = 50);\nINSERT INTO counters (id) SELECT i::bigint * i FROM generate_series(1, ${ROWS}) i;`,
    'DROP TABLE counters;',
  ),
  ...pair('002_count', `-- part: backfill in background ${OPTIONS}\nUPDATE counters SET n = n + 1;`, 'UPDATE counters SET n = 0;'),
};

/** Kills one of them whenever so many rows are done, and starts another, until all are done. @returns how many were killed, and who is left */
async function killUntilDone(root: string, database: TestDatabase): Promise<{ readonly kills: number; readonly left: readonly Worker[] }> {
  const random = seeded(ROWS);
  const workers = Array.from({ length: WORKERS }, () => new Worker(root, database));
  const done = async (): Promise<number> =>
    Number((await database.query('SELECT coalesce(sum(rows), 1e12) AS rows FROM schema_migrations_ranges'))[0]?.['rows']);
  for (let kills = 0, last = 0; ; kills += 1) {
    const enough = Math.min(ROWS, last + KILL_ROWS / 3 + random(KILL_ROWS));
    last = await until('some batches', async () => {
      const now = await done();
      return now >= enough && now;
    });
    if (last >= ROWS) return { kills, left: workers };
    const which = random(WORKERS);
    workers[which]?.child.kill('SIGKILL');
    await workers[which]?.ended;
    workers[which] = new Worker(root, database);
  }
}

onOldestAndNewest('workers that are killed', ({ freshDatabase }) => {
  test(`leave each of ${ROWS.toLocaleString('en')} rows done once, and nothing to unlock`, { timeout: ROWS + 120_000 }, async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TREE, { test: { backfills: 'background' } });
    expect((await project.apply()).exitCode).toBe(0);
    const startedAt = Date.now();
    const { kills, left } = await killUntilDone(project.root, database);
    expect(await Promise.all(left.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    if (process.env['BACKFILL_ROWS'])
      process.stdout.write(`${ROWS} rows, ${kills} kills, ${Math.round((Date.now() - startedAt) / 1_000)} s\n`);
    expect(kills).toBeGreaterThan(3);
    expect(await database.query('SELECT n, count(*)::int AS rows FROM counters GROUP BY n')).toEqual([{ n: 1, rows: ROWS }]);
    expect(await database.query('SELECT FROM schema_migrations_ranges')).toEqual([]);
    const held =
      "SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND (locktype = 'advisory' OR relation = 'counters'::regclass)";
    expect(await database.query(held)).toEqual([]);
    expect((await project.audit()).findings).toEqual([]);
  });
});
