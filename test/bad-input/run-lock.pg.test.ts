import { expect, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair } from '../support/project.ts';
import { answerOf } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

/** Another run, as far as anybody can see. @returns how it ends */
async function holdRunLock(database: TestDatabase, application: string): Promise<() => Promise<void>> {
  const holder = await database.connect();
  await holder.query(`set application_name = '${application}'`);
  await holder.query("select pg_advisory_lock(hashtextextended('lockstep:public', 0))");
  return async () => {
    await holder.query('select pg_advisory_unlock_all()');
  };
}

onServer('newest', 'a RunLock that another run holds', ({ freshDatabase }) => {
  test('is waited for, and then refused with exit 4, naming its holder', async () => {
    const database = await freshDatabase();
    const release = await holdRunLock(database, 'lockstep up 1/2 002_slow');
    const project = await createProject(database, FIRST, { test: { runLockWaitMs: 300 } });
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 4
      Another run holds the RunLock: pid PID (lockstep up 1/2 002_slow, 127.0.0.1, since TIME)
        waited DURATION; nothing was changed
        Next: npm run migrate:status   shows what it does; the lock ends with its session, so no unlock is needed"
    `);
    expect(await answerOf(database, () => project.rollback())).toBe(answer);
    expect((await project.status()).running).toMatchObject({ name: '002_slow', part: '1/2', direction: 'up' });
    expect((await project.dryRun('up')).steps.length).toBe(1);
    await release();
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a']);
  });
});
