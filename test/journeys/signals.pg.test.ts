import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf, pair, steady, up } from '../support/project.ts';
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
      expect(steady(stderr)).toContain('003_u was interrupted; nothing was done before it; not reached: 004_never');
      expect(await historyOf(database)).toEqual(['001_init', '002_t']);
      await blocker.query('ROLLBACK');
      expect((await ours(UP)).code).toBe(0);
      expect(await historyOf(database)).toEqual(['001_init', '002_t', '003_u', '004_never']);
    });
  }
});
