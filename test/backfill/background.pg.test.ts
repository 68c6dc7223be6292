import { expect, test } from 'vitest';
import { pause } from '../../src/journeys/pause.ts';
import { isInOrder } from '../../src/model/status.ts';
import { nextAfterStatus, statusText } from '../../src/report/status-text.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { down, historyOf, pair, refusalOf, steady, type Tree, up } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { beginShop, COUNT, counts, ROWS } from './background-shop.ts';

onOldestAndNewest('a backfill in the background', ({ freshDatabase }) => {
  const begin = async (tree: Tree) => beginShop(await freshDatabase(), tree);

  test('is left by the run, and done by a worker, each row once', async () => {
    const { database, project } = await begin(COUNT);
    const { exitCode, screen } = await project.apply();
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain('002_count leaves about 5,000 rows to the background\n  Next: npm run migrate:work -- --env test');
    expect([await historyOf(database), await counts(database)]).toEqual([['001_shop', '002_count'], [{ n: 0, rows: ROWS }]]);
    expect((await project.status()).backfills).toEqual([
      { name: '002_count', rows: 0, background: { part: 1, workers: 0, rowsPerSecond: 0, totalRows: ROWS } },
    ]);
    // The key is sparse, and cut by how many there are.
    const ranges = await database.query('SELECT number FROM schema_migrations_ranges');
    expect(ranges.length).toBe(16);
    // On another machine the files may be other ones.
    project.remove(up('002_count'), down('002_count'));
    const worked = await project.work();
    expect([worked.exitCode, await counts(database)], worked.screen).toEqual([0, [{ n: 1, rows: ROWS }]]);
    expect(worked.screen).toContain('002_count: its backfill is done, 5,000 rows walked over');
    const batches = Number((await database.query('SELECT count(DISTINCT xmin::text)::int AS n FROM users'))[0]?.['n']);
    expect(batches).toBeGreaterThanOrEqual(ROWS / 150);
    expect(
      await database.query('SELECT * FROM schema_migrations_jobs UNION ALL SELECT NULL FROM schema_migrations_ranges').catch(() => []),
    ).toEqual([]);
    expect(await database.query('SELECT FROM schema_migrations_ranges')).toEqual([]);
  });

  test('holds back what requires it until it has ended', async () => {
    const { database, project } = await begin(COUNT);
    await project.write(pair('003_next', '-- requires: 002\nALTER TABLE users ADD CHECK (n = 1);', 'SELECT 1;'));
    // A run that would only leave it is none in which it ends.
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "003_next requires 002_count, whose backfill would still run in the background
        db/migrations/003_next.sql:1:14
        1 │ -- requires: 002
          │              ^
        Next: npm run migrate:dev -- --env test --to 002 && npm run migrate:work -- --env test --once && npm run migrate:dev -- --env test"
    `);
    expect(await historyOf(database).catch(() => [])).toEqual([]);
    await project.apply({ to: '002' });
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "003_next requires 002_count, whose backfill is not done: 0 of about 5,000 rows done, nobody works on it
        db/migrations/003_next.sql:1:14
        1 │ -- requires: 002
          │              ^
        Next: npm run migrate:work -- --env test --once   ends when it is done; then npm run migrate:dev -- --env test"
    `);
    await expect(project.dryRun('up')).rejects.toThrow('003_next requires 002_count, whose backfill is not done');
    expect((await project.work()).exitCode).toBe(0);
    expect((await project.apply()).exitCode).toBe(0);
    await project.write(pair('004_wrong', '-- Description: x\n-- requires: 002, 77, 005\nSELECT 1;', 'SELECT 1;'));
    await project.write(pair('005_last', 'SELECT 1;', 'SELECT 1;'));
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "2 things are in the way; nothing was changed
      1. 004_wrong requires 77, and there is no such migration
        db/migrations/004_wrong.sql:2:19
        2 │ -- requires: 002, 77, 005
          │                   ^
        Next: npm run migrate:status   lists the versions
      2. 004_wrong requires 005_last, which is not applied before it
        db/migrations/004_wrong.sql:2:23
        2 │ -- requires: 002, 77, 005
          │                       ^
        Next: npm run migrate:make -- --renumber 004_wrong   gives it the next number"
    `);
  });

  test('that fails waits for somebody, says so, and goes on behind what it has done', async () => {
    const { database, project, journey } = await begin(COUNT);
    await project.write({ [up('002_count')]: '-- part: backfill in background batch=100\nUPDATE users SET n = n + 1;' });
    await project.apply();
    await database.query('ALTER TABLE users ADD CONSTRAINT low CHECK (n < 1 OR id <> 7 * 2500 * 2500)');
    const { exitCode, screen } = await project.work();
    expect([exitCode, steady(screen.slice(screen.indexOf('002_count: its')))]).toMatchInlineSnapshot(`
      [
        1,
        "002_count: its backfill failed behind 2,491 rows
      db/migrations/002_count.sql failed: new row for relation "users" violates check constraint "low"; the batches before it stay   23514
        db/migrations/002_count.sql:2:1
        2 │ UPDATE users SET n = n + 1 WHERE ("users"."id") > ('43435567'::bigint) AND ("users"."id") …
          │ ^
        Next: npm run migrate:resume -- 002_count --env test   when it is put right; to roll 002_count back cancels it
              npm run migrate:repair -- --give-up 002_count --env test   leaves the rest undone
      ",
      ]
    `);
    const status = await project.status();
    expect(isInOrder(status)).toBe(false);
    expect(steady(statusText(status, nextAfterStatus(status)).split('\n\n').slice(-2).join('\n\n'))).toMatchInlineSnapshot(`
      "Backfill failed: 002_count   2,491 rows done
        db/migrations/002_count.sql failed: new row for relation "users" violates check constraint "low"; the batches before it stay   23514
          db/migrations/002_count.sql:2:1
          2 │ UPDATE users SET n = n + 1 WHERE ("users"."id") > ('43435567'::bigint) AND ("users"."id") …
            │ ^
          Next: npm run migrate:resume -- 002_count --env test   when it is put right; to roll 002_count back cancels it
                npm run migrate:repair -- --give-up 002_count --env test   leaves the rest undone

      Next: npm run migrate:resume -- 002_count --env test   when it is put right; to roll 002_count back cancels it
            npm run migrate:repair -- --give-up 002_count --env test   leaves the rest undone
      "
    `);
    expect((await project.work()).exitCode).toBe(1);
    await database.query('ALTER TABLE users DROP CONSTRAINT low');
    await pause({ ...journey, isPaused: false });
    expect([(await project.work()).exitCode, await counts(database)]).toEqual([0, [{ n: 1, rows: ROWS }]]);
  });

  test.each([
    ['in one transaction', 'UPDATE users SET n = 0;'],
    ['in parts', 'UPDATE users SET n = 0;\n-- part: no-transaction\nVACUUM users;'],
  ])('is cancelled by the rollback of its migration, %s, while a worker is at it', async (_, back) => {
    const { database, project } = await begin({
      ...pair('002_count', '-- part: backfill in background batch=100 pause=5ms\nUPDATE users SET n = n + 1;', back),
    });
    await project.apply();
    const working = project.work();
    await until('a batch', async () => (await database.query('SELECT FROM users WHERE n > 0 LIMIT 1')).length > 0);
    const { exitCode, screen } = await project.rollback();
    expect(exitCode, screen).toBe(0);
    expect((await working).exitCode).toBe(0);
    expect([await historyOf(database), await counts(database)]).toEqual([['001_shop'], [{ n: 0, rows: ROWS }]]);
    expect(await database.query('SELECT name FROM schema_migrations_jobs')).toEqual([]);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('waits where somebody pauses it, and goes on', async () => {
    const { database, project, journey } = await begin({
      ...pair('002_count', '-- part: backfill in background batch=50 pause=5ms\nUPDATE users SET n = n + 1;', 'SELECT 1;'),
    });
    await project.apply();
    const working = project.work();
    await until('a batch', async () => (await database.query('SELECT FROM users WHERE n > 0 LIMIT 1')).length > 0);
    expect(await pause({ ...journey, isPaused: true })).toEqual(['002_count']);
    let before = '';
    await until('it to stand still', async () => {
      const [last, now] = [before, JSON.stringify(await counts(database))];
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return last === now;
    });
    expect((await counts(database)).length).toBe(2);
    expect((await project.status()).backfills[0]?.pausedBy).toEqual(expect.any(String));
    await pause({ ...journey, isPaused: false });
    const { exitCode, events } = await working;
    expect([exitCode, await counts(database)]).toEqual([0, [{ n: 1, rows: ROWS }]]);
    expect(events.some((event) => event.type === 'backfill' && event.why?.startsWith('paused by'))).toBe(true);
  });

  test('walks again for what came meanwhile, verifies, and is in the journal', async () => {
    const { database, project } = await begin({
      ...pair(
        '002_low',
        '-- part: backfill in background batch=200\n-- verify: SELECT count(*) FROM users WHERE low IS NULL\nUPDATE users SET low = lower(email) WHERE low IS NULL;',
        'SELECT 1;',
      ),
    });
    await project.apply();
    await database.query("INSERT INTO users (id, email) VALUES (-5, 'B'), (1000000000000, 'C')");
    expect((await project.work()).exitCode).toBe(0);
    expect(await database.query('SELECT count(*)::int AS left FROM users WHERE low IS NULL')).toEqual([{ left: 0 }]);
    const { findings, entries } = await project.audit();
    expect([findings, entries.at(-1)]).toEqual([
      [],
      expect.objectContaining({ event: 'backfill-done', name: '002_low', by: expect.any(String) }),
    ]);
    // It settles nothing, and is no attempt.
    expect((await project.status()).attempts).toEqual([]);
    expect((await project.rollback()).exitCode).toBe(0);
  });

  test('is not done where -- verify: finds rows, and what stands behind it waits', async () => {
    const { project } = await begin({
      ...pair(
        '002_x',
        '-- part: backfill in background\n-- verify: SELECT 7\nUPDATE users SET n = 1;\n-- part: backfill in background\nUPDATE users SET n = 2;',
        'SELECT 1;',
      ),
    });
    await project.apply();
    const { exitCode, screen } = await project.work();
    expect([exitCode, screen]).toEqual([1, expect.stringContaining('-- verify: gives 7 instead of 0')]);
    expect((await project.status()).backfills).toHaveLength(2);
  });

  test('runs its parts one behind the other, as the script has made its session', async () => {
    const { database, project } = await begin({
      ...pair(
        '002_two',
        `CREATE SCHEMA shop; CREATE TABLE shop.copies (id bigint PRIMARY KEY, email text, who text DEFAULT current_user);
SET search_path = shop, public;
-- part: backfill in background batch=300
INSERT INTO copies SELECT id, email FROM users ON CONFLICT DO NOTHING;
-- part: backfill in background batch=300
UPDATE users SET n = (SELECT count(*) FROM copies c WHERE c.id = users.id);`,
        'SELECT 1;',
      ),
    });
    const { exitCode, screen } = await project.apply();
    expect(exitCode, screen).toBe(0);
    expect((await project.status()).backfills.map(({ background }) => background?.part)).toEqual([2, 3]);
    expect([(await Promise.all([project.work(), project.work()])).map((one) => one.exitCode), await counts(database)]).toEqual([
      [0, 0],
      [{ n: 1, rows: ROWS }],
    ]);
  });

  test('stays recorded where a later part of its file fails', async () => {
    const { database, project } = await begin({
      ...pair('002_count', `${COUNT[up('002_count')]}\nSELECT 1 / 0;`, 'SELECT 1;'),
    });
    expect((await project.apply()).exitCode).toBe(1);
    expect((await project.work()).exitCode).toBe(0);
    await project.write({ [up('002_count')]: `${COUNT[up('002_count')]}\nSELECT 1;` });
    const { exitCode, screen } = await project.apply();
    expect([exitCode, await counts(database)], screen).toEqual([0, [{ n: 1, rows: ROWS }]]);
    expect(await project.status()).toMatchObject({ backfills: [], attempts: [] });
  });

  test('ends within a batch when its worker is told to stop', async () => {
    const { database, project } = await begin({
      ...pair('002_count', '-- part: backfill in background batch=50 pause=5ms\nUPDATE users SET n = n + 1;', 'SELECT 1;'),
    });
    await project.apply();
    const controller = new AbortController();
    const working = project.work({ isOnce: false, interruption: controller.signal });
    await until('a batch', async () => (await database.query('SELECT FROM users WHERE n > 0 LIMIT 1')).length > 0);
    controller.abort('SIGTERM');
    const { exitCode, screen } = await working;
    expect([exitCode, screen]).toEqual([1, expect.stringContaining('Interrupted by SIGTERM; what is committed stays')]);
    expect([(await project.work()).exitCode, await counts(database)]).toEqual([0, [{ n: 1, rows: ROWS }]]);
  });
});
