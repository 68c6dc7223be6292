import { expect, test } from 'vitest';
import { readRunning } from '../../src/pg/activity.ts';
import { runLockKey } from '../../src/pg/run-lock.ts';
import { onEachServer } from '../support/database.ts';

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
