import { expect, test } from 'vitest';
import { nextAfterStatus } from '../../src/report/status-text.ts';
import { onEachServer, onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, steady, up } from '../support/project.ts';

const TABLE = pair('001_t', 'CREATE TABLE t (id int, v int);', 'DROP TABLE t;');
const ALTER = { [up('002_w')]: 'CREATE TABLE other ();\nALTER TABLE t ADD COLUMN w int;' };
const policy = (lockRetryForMs: number) => ({ test: { lockTimeoutMs: 100, lockRetryForMs } });
const LONG = 600_000;

/** A session that reads the table in a transaction and stays there, as an application does that forgot its COMMIT. */
async function forgetCommit(database: TestDatabase, sql = 'SELECT FROM t') {
  const client = await database.connect();
  await client.query(`BEGIN; ${sql}`);
  return { end: () => client.query('ROLLBACK') };
}

onEachServer('a migration that cannot have its lock at once', ({ freshDatabase }) => {
  test('gives up within its patience, keeps nothing, and names who is in the way and what to type', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(300));
    await project.apply();
    await project.write(ALTER);
    const reader = await forgetCommit(database);
    const { exitCode, outcome, screen } = await project.apply();
    expect(exitCode).toBe(1);
    expect(outcome?.failed?.failure).toMatchObject({ code: 'lock-not-available', sqlstate: '55P03', where: { line: 2, column: 1 } });
    expect(steady(screen).replaceAll(/\d+ times|once/g, 'N times')).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        002_w   (2 statements)
      Note: 002_w cannot be rolled back: the rollback file is missing
        Next: touch db/migrations/rollbacks/002_w.sql
      1/1 002_w
          002_w waits behind pid PID (postgres, client backend, idle in transaction, in its transaction since TIME) (DURATION of DURATION): BEGIN; SELECT FROM t
      1/1 002_w failed
      db/migrations/002_w.sql:2:1 did not get its lock, tried N times in DURATION; in the way: pid PID (postgres, client backend, idle in transaction, in its transaction since TIME); nothing of it was kept
        db/migrations/002_w.sql:2:1   55P03
        2 │ ALTER TABLE t ADD COLUMN w int;
          │ ^
        Next: npm run migrate:dev -- --env test   when nobody is in the way
              or, where it may be ended: SELECT pg_terminate_backend(PID);

      002_w failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
    expect(await historyOf(database)).toEqual(['001_t']);
    expect(await database.query("select to_regclass('other') as other")).toEqual([{ other: null }]);
    const found = await project.status();
    expect(found.attempts).toMatchObject([{ name: '002_w', state: 'failed', code: 'lock-not-available' }]);
    expect(nextAfterStatus({ ...found, environment: 'production' })).toBe('npm run migrate:prod   when nobody is in the way');
    await reader.end();
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('waits without a lock of its own, so that others pass, and goes on when the way is clear', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    await project.write(ALTER);
    const reader = await forgetCommit(database);
    let passed = 0;
    const { exitCode } = await project.apply({
      emit: (event) => {
        if (event.type !== 'blocked') return;
        passed += 1;
        if (passed === 3) void reader.end();
      },
    });
    expect(exitCode).toBe(0);
    expect(passed).toBeGreaterThanOrEqual(3);
    expect(await historyOf(database)).toEqual(['001_t', '002_w']);
  });

  test('rolls back and tries again when the wait times out, until it succeeds', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    // Which table it is cannot be read from the text, so nobody looks before.
    await project.write({ [up('002_w')]: "CREATE TABLE other ();\nDO $$ BEGIN EXECUTE 'ALTER TABLE t ADD COLUMN w int'; END $$;" });
    const reader = await forgetCommit(database);
    const attempts: number[] = [];
    await project.apply({
      emit: (event) => {
        if (event.type !== 'blocked') return;
        attempts.push(event.attempt);
        if (event.attempt === 2) void reader.end();
      },
    });
    expect(attempts.slice(0, 2)).toEqual([1, 2]);
    expect(await historyOf(database)).toEqual(['001_t', '002_w']);
    expect(await database.query("select count(*)::int as n from schema_migrations_journal where event = 'step-failed'")).toEqual([
      { n: 0 },
    ]);
  });

  test('names who was in the way of a lock that no text tells of, and lets that transaction end', async () => {
    for (const [before, statement] of [
      ['', "DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD COLUMN w int'; END $$;"],
      // To drop a foreign key locks the table that it refers to.
      ['ALTER TABLE t ADD PRIMARY KEY (id); CREATE TABLE child (id int REFERENCES t);', 'DROP TABLE child;'],
    ] as const) {
      const database = await freshDatabase();
      const project = await createProject(database, TABLE, policy(LONG));
      await project.apply();
      await database.query(before);
      await project.write({ [up('002_w')]: statement });
      const reader = await forgetCommit(database);
      const named: (string | undefined)[] = [];
      let attempts = 0;
      const { exitCode } = await project.apply({
        emit: (event) => {
          if (event.type !== 'blocked' || event.behind.length === 0) return;
          named.push(event.behind[0]?.query);
          attempts = event.attempt;
          // Once it is known, nobody asks for the lock any more.
          if (named.length === 8) void reader.end();
        },
      });
      expect(exitCode).toBe(0);
      expect(new Set(named)).toEqual(new Set(['BEGIN; SELECT FROM t']));
      expect(attempts).toBeLessThanOrEqual(4);
    }
  });

  test('does not wait for readers where only writers are in the way', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    await project.write({ [up('002_i')]: 'CREATE INDEX ON t (id);\nUPDATE t SET v = 1;' });
    await forgetCommit(database);
    const { exitCode, events } = await project.apply();
    expect(exitCode).toBe(0);
    expect(events.filter(({ type }) => type === 'blocked')).toEqual([]);
  });

  test('lets long transactions end before a CONCURRENTLY, and starts it in any case', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    await project.write({ [up('002_i')]: 'CREATE INDEX CONCURRENTLY t_id ON t (id);' });
    const reader = await forgetCommit(database, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM t; SELECT pg_sleep(0.6)');
    let seen = 0;
    const run = project.apply({
      emit: (event) => {
        if (event.type !== 'blocked') return;
        seen += 1;
        if (seen === 2) void reader.end();
      },
    });
    expect((await run).exitCode).toBe(0);
    expect(seen).toBeGreaterThanOrEqual(2);
  });

  test('names a writer that is idle in its transaction before a CONCURRENTLY that would wait for it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    await project.write({ [up('002_i')]: 'CREATE INDEX CONCURRENTLY t_id ON t (id);' });
    const writer = await forgetCommit(database, 'INSERT INTO t VALUES (1); SELECT pg_sleep(0.6)');
    const seen: (string | undefined)[] = [];
    const { exitCode } = await project.apply({
      emit: (event) => {
        if (event.type !== 'blocked') return;
        seen.push(event.behind[0]?.state);
        if (seen.length === 2) void writer.end();
      },
    });
    expect(exitCode).toBe(0);
    expect(seen.slice(0, 2)).toEqual(['idle in transaction', 'idle in transaction']);
  });

  test('names whom a CONCURRENTLY waits for before it drops what a failed build left, which waits for the same', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    await database.query('INSERT INTO t VALUES (1), (1)');
    await database.query('CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id)').catch(() => undefined);
    await database.query('DELETE FROM t');
    await project.write({ [up('002_i')]: 'CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);' });
    const writer = await forgetCommit(database, 'INSERT INTO t VALUES (1); SELECT pg_sleep(0.6)');
    const told: string[] = [];
    const { exitCode } = await project.apply({
      emit: (event) => {
        if (event.type === 'blocked') told.push('blocked');
        if (event.type === 'note' && event.text.includes('dropping the INVALID index')) told.push('drop');
        if (told.length === 2) void writer.end();
      },
    });
    expect(exitCode).toBe(0);
    expect(told.slice(0, 2)).toEqual(['blocked', 'blocked']);
    expect(told.at(-1)).toBe('drop');
  });

  test('runs a code migration under the lock timeout too', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    await project.write({
      'migrations/002_w.mjs': "export const up = (knex) => knex.raw('ALTER TABLE t ADD COLUMN w int');\nexport const down = () => {};\n",
    });
    await forgetCommit(database);
    const { exitCode, outcome } = await project.apply();
    expect(exitCode).toBe(1);
    expect(outcome?.failed?.failure.sqlstate).toBe('55P03');
  });

  test('stops waiting at a signal, and does nothing more', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, policy(LONG));
    await project.apply();
    await project.write(ALTER);
    const reader = await forgetCommit(database);
    const controller = new AbortController();
    const outcomes: unknown[] = [];
    const { exitCode } = await project.apply({
      interruption: controller.signal,
      emit: (event) => {
        if (event.type === 'run-ended') outcomes.push(event.outcome.failed);
        if (event.type !== 'blocked') return;
        controller.abort('SIGTERM');
        void reader.end();
      },
    });
    expect(exitCode).toBe(1);
    expect(outcomes).toMatchObject([{ interrupted: true, failure: { code: 'interrupted' } }]);
    expect(await historyOf(database)).toEqual(['001_t']);
    expect((await project.apply()).exitCode).toBe(0);
  });
});

onServer('newest', 'a migration that never gets its lock', ({ freshDatabase }) => {
  test('doubles its patience from attempt to attempt, up to the limit of the policy', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, { test: { lockTimeoutMs: 150, lockRetryForMs: LONG } });
    await project.apply();
    await database.query('CREATE SEQUENCE attempts');
    // Says what PostgreSQL says when a lock is not to be had, five times; a sequence keeps count, whatever is rolled back.
    await project.write({
      [up('002_w')]: `DO $$ BEGIN
  RAISE NOTICE '%', current_setting('lock_timeout');
  IF nextval('attempts') < 6 THEN RAISE 'not to be had' USING ERRCODE = 'lock_not_available'; END IF;
END $$;`,
    });
    const { exitCode, events } = await project.apply();
    expect(exitCode).toBe(0);
    const limits = events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
    expect(limits).toEqual(['25ms', '50ms', '100ms', '150ms', '150ms', '150ms']);
  });
});
