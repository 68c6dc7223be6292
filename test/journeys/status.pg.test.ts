import { expect, test } from 'vitest';
import { isInOrder } from '../../src/model/status.ts';
import { nextAfterStatus, statusText } from '../../src/report/status-text.ts';
import { onEachServer, type TestDatabase } from '../support/database.ts';
import { createProject, down, pair, steady, up } from '../support/project.ts';
import { until } from '../support/wait.ts';

const TWO = {
  ...pair('001_t', '-- Description: Makes t\nCREATE TABLE t (id int);', 'DROP TABLE t;'),
  ...pair('002_u', 'ALTER TABLE t ADD COLUMN u int;', 'ALTER TABLE t DROP COLUMN u;'),
};

const screenOf = (status: Parameters<typeof statusText>[0]): string => steady(statusText(status, nextAfterStatus(status)));

const objects = (database: TestDatabase) =>
  database.query("select count(*)::int as n from pg_class where relnamespace = 'public'::regnamespace");

onEachServer('status', ({ freshDatabase }) => {
  test('leaves not one object behind on a database without history', async () => {
    const database = await freshDatabase();
    const status = await (await createProject(database, TWO)).status();
    expect(screenOf(status)).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION

      Applied: nothing yet

      Pending: 2
        001_t   Makes t
        002_u

      Next: npm run migrate:dev -- --env test   applies what is pending
      "
    `);
    expect(isInOrder(status)).toBe(false);
    expect(await objects(database)).toEqual([{ n: 0 }]);
  });

  test('names the undo of another tool in what is pending', async () => {
    const project = await createProject(await freshDatabase(), {
      ...TWO,
      [up('003_v')]: '-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;',
    });
    const { problems } = await project.status();
    expect(problems).toMatchObject([{ code: 'two-directions', where: { file: up('003_v'), line: 3 } }]);
  });

  test('tells when, by whom and how long, and that all is in order', async () => {
    const project = await createProject(await freshDatabase(), TWO);
    await project.apply();
    const status = await project.status();
    expect(screenOf(status)).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION

      Applied: 2
        001_t   TIME   by postgres   DURATION   Makes t
        002_u   TIME   by postgres   DURATION

      Pending: none

      Next: npm run migrate:make -- describe_the_change   begins the next migration
      "
    `);
    expect(isInOrder(status)).toBe(true);
  });

  test('keeps a failed attempt with its error until it succeeds', async () => {
    const project = await createProject(await freshDatabase(), { ...TWO, [up('002_u')]: 'ALTER TABLE t ADD COLUMN id int;' });
    await project.apply();
    expect(screenOf(await project.status())).toContain(
      'Failed: 002_u at TIME\n  db/migrations/002_u.sql failed: column "id" of relation "t" already exists; nothing of it was kept',
    );
    await project.write(TWO);
    await project.apply();
    expect((await project.status()).attempts).toEqual([]);
  });

  test('names what runs, its holder and whom it waits for, from another session', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply({ to: '001' });
    const blocker = await database.connect();
    await blocker.query("SET application_name = 'reporting'; BEGIN; LOCK TABLE t IN ACCESS SHARE MODE");
    const run = project.apply();
    const status = await until('a run that waits', async () => {
      const found = await project.status();
      return found.running?.waitsFor.length ? found : undefined;
    });
    expect(screenOf(status)).toContain(
      'Running now: applying 002_u, part 1/1\n  by pid PID (lockstep up 1/1 002_u, from 127.0.0.1, since TIME)\n  waits for pid PID (postgres, reporting, idle in transaction, in its transaction since TIME)',
    );
    expect(status.attempts).toEqual([]);
    await blocker.query('ROLLBACK');
    expect((await run).exitCode).toBe(0);
    expect((await project.status()).running).toBeUndefined();
  });

  test('shows an interrupted run until the next one settles it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply({ to: '001' });
    const blocker = await database.connect();
    await blocker.query('BEGIN; LOCK TABLE t IN ACCESS SHARE MODE');
    const run = project.apply();
    const pid = await until('a run that waits', async () => (await project.status()).running?.holder.pid);
    await until('a blocked run', async () => (await project.status()).running?.waitsFor.length);
    await database.query('select pg_terminate_backend($1)', [pid]);
    await run;
    expect((await project.status()).attempts).toMatchObject([{ name: '002_u', state: 'interrupted' }]);
    await blocker.query('ROLLBACK');
    const next = await project.apply();
    expect(next.screen).toMatch(/was interrupted; what it committed is in history/);
    expect((await project.status()).attempts).toEqual([]);
  });

  test('shows edited, reformatted, missing and late files, and those without rollback', async () => {
    const project = await createProject(await freshDatabase(), { ...TWO, ...pair('003_gone', 'SELECT 1;', 'SELECT 1;') });
    await project.apply();
    await project.write({
      [up('001_t')]: '-- Description: Makes t\ncreate   table t (id int);',
      [up('002_u')]: 'ALTER TABLE t ADD COLUMN u bigint;',
      [up('000_late')]: 'SELECT 1;',
    });
    project.remove(up('003_gone'), down('003_gone'));
    const status = await project.status();
    expect(status.drifts.map(({ kind, name, stops }) => [kind, name, stops])).toEqual([
      ['reformatted', '001_t', false],
      ['edited', '002_u', true],
      ['missing', '003_gone', true],
      ['no-rollback', '000_late', false],
    ]);
    expect(status.pending).toMatchObject([{ name: '000_late', isLate: true }]);
    expect(isInOrder(status)).toBe(false);
  });

  test('uses the environment that the database remembers when none is named', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply({ env: 'staging' });
    expect((await project.status({ env: '' })).environment).toBe('staging');
  });
});
