import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf, pair, steady, up, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';

const FILES = {
  ...pair('002_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;'),
  ...pair('003_u', 'BEGIN; CREATE TABLE u (id int); ALTER TABLE t ADD COLUMN v int; COMMIT;', 'DROP TABLE u;'),
};
const UP = ['migrate-up', '--env', 'development'] as const;

onServer('newest', 'a run that is asked to stop', ({ freshDatabase }) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`by ${signal} cancels its statement, rolls back, says what was applied, and is finished by the next run`, async () => {
      const database = await freshDatabase();
      const { ours, start, write } = await createCheckout(database, FILES);
      expect((await ours([...UP, '--to', '002'])).code).toBe(0);
      await write({ [up('004_never')]: 'SELECT 1;' });
      const blocker = await database.connect();
      await blocker.query('BEGIN; LOCK TABLE t IN ACCESS SHARE MODE');
      const { child, finished } = start('ours', UP);
      await until(
        'the run to wait',
        async () =>
          (await database.query("select 1 from pg_stat_activity where application_name like 'lockstep up%' and wait_event_type = 'Lock'"))
            .length > 0,
      );
      child.kill(signal);
      const { code, stderr } = await finished;
      expect(code).toBe(1);
      expect(steady(stderr)).toContain('003_u was interrupted; no other migration was done before it; not reached: 004_never');
      expect(await historyOf(database)).toEqual(['001_init', '002_t']);
      await blocker.query('ROLLBACK');
      expect((await ours(UP)).code).toBe(0);
      expect(await historyOf(database)).toEqual(['001_init', '002_t', '003_u', '004_never']);
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
    test(`by ${signal} to npm alone, which hands nothing on: who survives finishes, and a second run waits for it`, async () => {
      const database = await freshDatabase();
      const { ours, root } = await createCheckout(database, FILES);
      expect((await ours([...UP, '--to', '002'])).code).toBe(0);
      const blocker = await database.connect();
      await blocker.query('BEGIN; LOCK TABLE t IN ACCESS SHARE MODE');
      const { PATH = '', HOME = '' } = process.env;
      const npm = spawn('npm', ['run', '-s', 'migrate:dev'], {
        cwd: root,
        env: { PATH, HOME, ...variablesOf(database) },
        stdio: 'ignore',
        detached: true,
      });
      const gone = new Promise((resolve) => npm.once('exit', resolve));
      const isWaiting =
        "select 1 from pg_stat_activity where datname = current_database() and application_name like 'lockstep up%' and wait_event_type = 'Lock'";
      await until('the run to wait', async () => (await database.query(isWaiting)).length > 0);
      npm.kill(signal);
      // npm may go at once, or when its child does; nobody needs it any more.
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 500))]);
      const second = ours(UP);
      await blocker.query('ROLLBACK');
      expect((await second).code).toBe(0);
      await gone;
      expect(await historyOf(database)).toEqual(['001_init', '002_t', '003_u']);
      expect((await ours(['migrate-status', '--check'])).code).toBe(0);
    });
  }
});
