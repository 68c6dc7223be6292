import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { nextAfterStatus, statusText } from '../../src/report/status-text.ts';
import { onEachServer, onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair, steady, type TestProject } from '../support/project.ts';
import { until } from '../support/wait.ts';

/** 2,260 rows on 10 pages; `gate` lets nobody pass row 1,200, on the sixth, while somebody holds the lock. */
const TABLE = `CREATE TABLE orders (id int);
INSERT INTO orders SELECT generate_series(1, 2260);
CREATE FUNCTION gate(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN IF n = 1200 THEN PERFORM pg_advisory_xact_lock_shared(7); END IF; RETURN n; END $$;`;

async function startProject(database: TestDatabase, sql: string): Promise<TestProject> {
  const project = await createProject(database, pair('001_orders', TABLE, 'DROP TABLE orders; DROP FUNCTION gate;'));
  expect((await project.apply()).exitCode).toBe(0);
  await project.write(pair('002_long', sql, '-- nothing\nSELECT 1;'));
  return project;
}

/** Applies, with what is told of the long statement. */
function watch(project: TestProject) {
  const phases: Event[] = [];
  const run = project.apply({ emit: (event) => void (event.type === 'phase' && phases.push(event)) });
  return { run, told: (phase: string) => until(phase, async () => phases.find((one) => one.type === 'phase' && one.phase === phase)) };
}

onEachServer('a long statement', ({ freshDatabase }) => {
  test('shows in what phase it is and how far, on the way and in the status from elsewhere', async () => {
    const database = await freshDatabase();
    const project = await startProject(database, 'CREATE INDEX CONCURRENTLY orders_gate ON orders (gate(id));');
    const holder = await database.connect();
    await holder.query('SELECT pg_advisory_lock(7)');
    const { run, told } = watch(project);
    expect(await told('building index: scanning table')).toEqual({
      type: 'phase',
      phase: 'building index: scanning table',
      table: 'orders',
      percent: 50,
    });
    const status = await project.status();
    expect(steady(statusText(status, nextAfterStatus(status)).split('\n\n')[1] ?? '')).toMatchInlineSnapshot(`
      "Running now: applying 002_long, part 1/1
        by pid PID (lockstep up 1/1 002_long, from 127.0.0.1, since TIME)
        building index: scanning table 50 % (orders)
        waits for pid PID (postgres, client backend, idle)
          SELECT pg_advisory_lock(7)"
    `);
    await holder.query('SELECT pg_advisory_unlock(7)');
    expect((await run).exitCode).toBe(0);
  });
});

onOldestAndNewest('a long statement of another kind', ({ freshDatabase }) => {
  test('says which session it waits for, and how many there are', async () => {
    const database = await freshDatabase();
    const project = await startProject(database, 'CREATE INDEX CONCURRENTLY orders_id ON orders (id);');
    const writer = await database.connect();
    const { rows } = await writer.query('BEGIN; INSERT INTO orders VALUES (0)').then(() => writer.query('SELECT pg_backend_pid() AS pid'));
    const { run, told } = watch(project);
    expect(await told('waiting for writers before build')).toMatchObject({ sessions: { gone: 0, total: 1, pid: rows[0]?.pid } });
    await writer.query('COMMIT');
    expect((await run).exitCode).toBe(0);
  });

  test('is told of no longer when another one follows in the same transaction', async () => {
    const database = await freshDatabase();
    const project = await startProject(database, 'CREATE INDEX orders_gate ON orders (gate(id));\nSELECT pg_advisory_xact_lock_shared(8);');
    const holder = await database.connect();
    await holder.query('SELECT pg_advisory_lock(7), pg_advisory_lock(8)');
    const phases: Event[] = [];
    const run = project.apply({ emit: (event) => void (event.type === 'phase' && phases.push(event)) });
    await until('the first', async () => phases.length > 0);
    await holder.query('SELECT pg_advisory_unlock(7)');
    await until('the second', async () => phases.at(-1)?.type === 'phase' && !('phase' in (phases.at(-1) ?? {})));
    await holder.query('SELECT pg_advisory_unlock(8)');
    expect((await run).exitCode).toBe(0);
  });

  test.each([
    ['ANALYZE orders;', 'computing statistics'],
    ['VACUUM FULL orders;', 'rebuilding index'],
    ['CLUSTER orders USING orders_gate;', 'rebuilding index'],
  ])('%s is told of too', async (sql, phase) => {
    const database = await freshDatabase();
    const project = await startProject(database, sql);
    await database.query('CREATE INDEX orders_gate ON orders (gate(id))');
    const holder = await database.connect();
    await holder.query('SELECT pg_advisory_lock(7)');
    const { run, told } = watch(project);
    expect(await told(phase)).toMatchObject({ table: expect.stringContaining('orders') });
    expect((await project.status()).running?.phase).toMatchObject({ phase });
    await holder.query('SELECT pg_advisory_unlock(7)');
    expect((await run).exitCode).toBe(0);
  });
});
