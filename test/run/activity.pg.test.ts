import { expect, test } from 'vitest';
import { readRunning } from '../../src/pg/activity.ts';
import { runLockKey } from '../../src/pg/run-lock.ts';
import { onEachServer, onServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { until } from '../support/wait.ts';

onEachServer('what runs', ({ freshDatabase }) => {
  test('is read as it is now, though the reader has looked before in its transaction', async () => {
    const database = await freshDatabase();
    const [run, reader] = [await database.connect(), await database.connect()];
    await run.query(`SET application_name = 'lockstep'; SELECT pg_advisory_lock(${runLockKey('public')})`);
    await reader.query('BEGIN READ ONLY');
    expect(await readRunning(reader, 'public')).toMatchObject({ holder: { application: 'lockstep' }, waitsFor: [] });
    await run.query("SET application_name = 'lockstep up 1/2 002_u'");
    expect(await readRunning(reader, 'public')).toMatchObject({ name: '002_u', part: '1/2', direction: 'up', state: 'idle' });
  });
});

onServer('newest', 'what runs under a name that the server would cut', ({ freshDatabase }) => {
  test('is told by its whole name, and is no attempt that was interrupted', async () => {
    const database = await freshDatabase();
    const name = '002_a_name_that_is_so_long_that_no_application_name_can_hold_it';
    const project = await createProject(database, {
      ...pair('001_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;'),
      ...pair(name, 'CREATE TABLE u (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);', 'DROP TABLE u; DROP INDEX i;'),
    });
    await project.apply({ to: '001' });
    const writer = await database.connect();
    await writer.query('BEGIN; INSERT INTO t VALUES (1)');
    const run = project.apply();
    const { running, attempts } = await until('its second part', async () => {
      const status = await project.status();
      return status.running?.part === '2/2' && status;
    });
    expect([running?.name, attempts]).toEqual([name, []]);
    await writer.query('COMMIT');
    expect((await run).screen).not.toContain('NOTICE');
  });
});
