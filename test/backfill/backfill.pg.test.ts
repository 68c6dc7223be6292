import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { pause } from '../../src/journeys/pause.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, down, historyOf, pair, up, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';

const ROWS = 5_000;
const SHOP = pair(
  '001_shop',
  `CREATE TABLE users (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0, email text, low text);\nINSERT INTO users (id, email) SELECT i * 7, 'A' || i FROM generate_series(1, ${ROWS}) i;`,
  'DROP TABLE users;',
);

onOldestAndNewest('a backfill', ({ freshDatabase }) => {
  test('changes each row once, in batches, and records the part with the last of them', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...SHOP,
      ...pair('002_count', '-- part: backfill batch=700\nUPDATE users SET n = n + 1;', 'SELECT 1;'),
    });
    const { exitCode, screen, events } = await project.apply();
    expect(exitCode, screen).toBe(0);
    expect(await database.query('SELECT n, count(*)::int AS rows FROM users GROUP BY n')).toEqual([{ n: 1, rows: ROWS }]);
    // Each batch has a transaction of its own.
    expect(Number((await database.query('SELECT count(DISTINCT xmin::text)::int AS batches FROM users'))[0]?.['batches'])).toBe(
      Math.ceil(ROWS / 700),
    );
    expect(events.filter(({ type }) => type === 'backfill').length).toBeGreaterThan(0);
    expect(await database.query('SELECT * FROM schema_migrations_backfills')).toEqual([]);
    expect(await historyOf(database)).toEqual(['001_shop', '002_count']);
  });

  test('goes on behind its last batch when it was cut off, and repeats none', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...SHOP,
      ...pair('002_count', '-- part: backfill batch=100 pause=5ms\nUPDATE users SET n = n + 1;', 'SELECT 1;'),
    });
    for (let cut = 0; cut < 5; cut += 1) {
      const run = project.apply().catch(() => undefined);
      await until('a batch', async () => (await database.query('SELECT n FROM users WHERE n > 0 LIMIT 1').catch(() => [])).length > 0);
      await new Promise((resolve) => setTimeout(resolve, 20 * cut));
      await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lockstep%'",
      );
      await run;
    }
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('SELECT n, count(*)::int AS rows FROM users GROUP BY n')).toEqual([{ n: 1, rows: ROWS }]);
    expect(await historyOf(database)).toEqual(['001_shop', '002_count']);
  });

  test('refuses to go on with another text, and begins anew where somebody says so', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...SHOP,
      ...pair('002_count', '-- part: backfill batch=100\nUPDATE users SET n = 1 / (id - 2100)::int;', 'SELECT 1;'),
    });
    expect((await project.apply()).exitCode).toBe(1);
    expect(Number((await database.query('SELECT rows::int FROM schema_migrations_backfills'))[0]?.['rows'])).toBe(200);
    await project.write({ [up('002_count')]: '-- part: backfill\nUPDATE users SET n = 2;' });
    const { exitCode, screen } = await project.apply();
    expect([exitCode, screen]).toEqual([
      1,
      expect.stringContaining('An earlier run has done 200 rows of this backfill as it read then, and it reads differently now'),
    ]);
    expect((await project.apply({ verdict: 'restart' })).exitCode).toBe(0);
    expect(await database.query('SELECT DISTINCT n FROM users')).toEqual([{ n: 2 }]);
  });

  test('walks again for rows that came meanwhile, where the WHERE says what is left', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...SHOP,
      ...pair(
        '002_low',
        '-- part: backfill batch=200 pause=2ms\n-- verify: SELECT count(*) FROM users WHERE low IS NULL\nUPDATE users SET low = lower(email) WHERE low IS NULL;',
        'SELECT 1;',
      ),
    });
    const run = project.apply();
    await until(
      'a batch',
      async () => (await database.query('SELECT 1 FROM users WHERE low IS NOT NULL LIMIT 1').catch(() => [])).length > 0,
    );
    await database.query("INSERT INTO users (id, email) VALUES (-5, 'B'), (100000000, 'C')");
    expect((await run).exitCode).toBe(0);
    expect(await database.query('SELECT count(*)::int AS left FROM users WHERE low IS NULL')).toEqual([{ left: 0 }]);
  });

  test.each([
    [
      'composite keys',
      "CREATE TABLE t (a text, b date, n int DEFAULT 0, PRIMARY KEY (a, b)); INSERT INTO t SELECT chr(65 + i % 26) || '''', date '2026-01-01' + i, 0 FROM generate_series(1, 500) i;",
      'UPDATE t SET n = n + 1;',
    ],
    [
      'a unique index',
      'CREATE TABLE t (a uuid NOT NULL, n int DEFAULT 0); CREATE UNIQUE INDEX ON t (a); INSERT INTO t SELECT gen_random_uuid() FROM generate_series(1, 500);',
      'UPDATE t SET n = n + 1;',
    ],
    [
      'partitions',
      'CREATE TABLE t (a int, k int, n int DEFAULT 0, PRIMARY KEY (a, k)) PARTITION BY LIST (k); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t DEFAULT; INSERT INTO t SELECT i, i % 3 FROM generate_series(1, 500) i;',
      'UPDATE t SET n = n + 1;',
    ],
    [
      'no key, where rows that are done are told',
      'CREATE TABLE t (n int); INSERT INTO t SELECT NULL FROM generate_series(1, 500);',
      'UPDATE t SET n = 1 WHERE n IS NULL;',
    ],
    [
      'a column of one’s choice',
      'CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), n int DEFAULT 0); INSERT INTO t SELECT i FROM generate_series(1, 500) i;',
      'UPDATE t SET n = n + 1;',
      'along=at,id',
    ],
    [
      'names in quotes and an alias',
      'CREATE SCHEMA "My Shop"; CREATE TABLE "My Shop"."T t" ("I d" int PRIMARY KEY, n int DEFAULT 0); INSERT INTO "My Shop"."T t" SELECT i FROM generate_series(1, 500) i; CREATE VIEW t AS SELECT n FROM "My Shop"."T t";',
      'UPDATE "My Shop"."T t" AS "X y" SET n = n + 1;',
    ],
    [
      'a column of one’s choice, in quotes',
      'CREATE TABLE t ("I, d" int UNIQUE NOT NULL, id int PRIMARY KEY, n int DEFAULT 0); INSERT INTO t SELECT i, i FROM generate_series(1, 500) i;',
      'UPDATE t SET n = n + 1;',
      'along="I, d",ID wal=50MB',
    ],
  ])('walks along %s', async (...[, given = '', sql = '', options = '']) => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...pair('001_t', given, 'SELECT 1;'),
      ...pair('002_n', `-- part: backfill batch=90 ${options}\n${sql}`, 'SELECT 1;'),
    });
    const { exitCode, screen } = await project.apply();
    expect(exitCode, screen).toBe(0);
    expect(await database.query('SELECT n, count(*)::int AS rows FROM t GROUP BY n')).toEqual([{ n: 1, rows: 500 }]);
  });

  test('deletes and copies in batches, and in a rollback too', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...SHOP,
      [up('002_move')]:
        'CREATE TABLE old (id bigint PRIMARY KEY, email text);\n-- part: backfill batch=300\nINSERT INTO old SELECT id, email FROM users WHERE id % 2 = 0 ON CONFLICT DO NOTHING;\n-- part: backfill batch=300\nDELETE FROM users WHERE id % 2 = 0;',
      [down('002_move')]:
        '-- part: backfill batch=300\nINSERT INTO users (id, email) SELECT id, email FROM old ON CONFLICT DO NOTHING;\n-- part: transaction\nDROP TABLE old;',
    });
    expect((await project.apply()).exitCode).toBe(0);
    const count = async () => Number((await database.query('SELECT count(*)::int AS n FROM users'))[0]?.['n']);
    expect([await count(), Number((await database.query('SELECT count(*)::int AS n FROM old'))[0]?.['n'])]).toEqual([2_500, 2_500]);
    const { exitCode, screen } = await project.rollback();
    expect([exitCode, await count()], screen).toEqual([0, ROWS]);
  });

  test.each([
    ['UPDATE users SET id = id + 1;', 'This statement sets id, along which it would walk'],
    ['UPDATE nobody SET id = id + 1;', 'there is no table nobody'],
    ['UPDATE loose SET n = n + 1;', 'has no key, and the WHERE does not tell rows that are done'],
    ['-- verify: SELECT 7\nUPDATE users SET n = 1;', '-- verify: gives 7 instead of 0'],
  ])('says why it cannot go on: %s', async (sql, why) => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...SHOP,
      ...pair('002_x', `CREATE TABLE loose (n int);\n-- part: backfill\n${sql}`, 'SELECT 1;'),
    });
    const { exitCode, screen } = await project.apply();
    expect([exitCode, screen]).toEqual([1, expect.stringContaining(why)]);
    expect(screen).toContain('Next: ');
  });

  test('waits where somebody pauses it, shows that in the status, and goes on', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...SHOP,
      ...pair('002_count', '-- part: backfill batch=50 pause=10ms\nUPDATE users SET n = n + 1;', 'SELECT 1;'),
    });
    const journey = {
      project: defineProject({ root: project.root }),
      env: 'test',
      variables: variablesOf(database),
      emit: () => {},
      interruption: new AbortController().signal,
    };
    const run = project.apply();
    await until('a batch', async () => (await database.query('SELECT 1 FROM users WHERE n > 0 LIMIT 1').catch(() => [])).length > 0);
    expect(await pause({ ...journey, isPaused: true })).toEqual(['002_count']);
    const done = async () => Number((await database.query('SELECT count(*)::int AS n FROM users WHERE n > 0'))[0]?.['n']);
    let before = -1;
    let still = 0;
    // A loaded machine may pause by itself.
    await until('it to stand still', async () => {
      const now = await done();
      still = now === before ? still + 1 : 0;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return still >= 6;
    });
    expect(before).toBeLessThan(ROWS);
    expect((await project.status()).backfills).toEqual([{ name: '002_count', rows: before, pausedBy: expect.any(String) }]);
    await pause({ ...journey, isPaused: false });
    const { exitCode, events } = await run;
    expect([exitCode, await done()]).toEqual([0, ROWS]);
    expect(events.some((event) => event.type === 'backfill' && event.why?.startsWith('paused by'))).toBe(true);
    await expect(pause({ ...journey, isPaused: true })).rejects.toThrow('No backfill is under way here');
  });

  test.each([
    ['reads what it sets', 'UPDATE users SET n = n + 1 WHERE n < 100;', 'SELECT DISTINCT n AS found FROM users', [{ found: 1 }]],
    [
      'leaves rows as they are',
      "UPDATE users SET low = nullif(lower(email), 'a7') WHERE low IS NULL;",
      'SELECT count(*)::int AS found FROM users WHERE low IS NULL',
      [{ found: 1 }],
    ],
    [
      'sets another column beside',
      'UPDATE users SET low = NULL, n = n + 1 WHERE low IS NULL;',
      'SELECT DISTINCT n AS found FROM users',
      [{ found: 1 }],
    ],
  ])('comes to what one plain statement comes to where it %s', async (...[, sql = '', question = '', found]) => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...SHOP, ...pair('002_x', `-- part: backfill batch=900\n${sql}`, 'SELECT 1;') });
    const { exitCode, screen } = await project.apply();
    expect(exitCode, screen).toBe(0);
    expect(await database.query(String(question))).toEqual(found);
  });

  test('walks along no column that may be NULL', async () => {
    const database = await freshDatabase();
    const table = 'CREATE TABLE t (id int PRIMARY KEY, at date, n int DEFAULT 0); INSERT INTO t VALUES (1, NULL);';
    const project = await createProject(database, {
      ...pair('001_t', table, 'SELECT 1;'),
      ...pair('002_n', '-- part: backfill along=at,id\nUPDATE t SET n = 1;', 'SELECT 1;'),
    });
    const { exitCode, screen } = await project.apply();
    expect([exitCode, screen]).toEqual([1, expect.stringContaining('at, id of t together are not unique and never NULL')]);
  });
});
