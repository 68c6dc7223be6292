// Names, keys and statements that a walk could take for something else: each row once, or a refusal before anything runs.
import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { pause } from '../../src/journeys/pause.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, pair, refusalOf, variablesOf } from '../support/project.ts';

const ROWS = 3_000;
const MODES = ['foreground', 'background'] as const;
const table = (key: string, value = 'i', name = 't'): string =>
  `CREATE TABLE ${name} (${key} PRIMARY KEY, done int NOT NULL DEFAULT 0); INSERT INTO ${name} SELECT ${value} FROM generate_series(1, ${ROWS}) i;`;
const VIEWS = 'CREATE VIEW seen AS SELECT max(id) AS most FROM o; CREATE VIEW highest AS SELECT max(done) AS most FROM t;';
const COUNT = 'UPDATE t SET done = done + 1;';

onOldestAndNewest('a hostile backfill', ({ freshDatabase, user }) => {
  const begin = async (
    setup: string,
    { statement = COUNT, verify = '', before = '', mode = 'background' as (typeof MODES)[number] } = {},
  ) => {
    const database = await freshDatabase();
    const head = `${before}-- part: backfill in background batch=130\n${verify}`;
    const files = { ...pair('001_setup', setup, 'SELECT 1;'), ...pair('002_fill', `${head}${statement}`, 'SELECT 1;') };
    const project = await createProject(database, files, { test: { backfills: mode, lockTimeoutMs: 2_000, lockRetryForMs: 5_000 } });
    const counts = () => database.query('SELECT done, count(*)::int AS rows FROM t GROUP BY done ORDER BY done');
    return { database, project, counts };
  };

  for (const mode of MODES)
    test.each(['k0', 'n', 'tile', 't', 'e'])(`walks along a column called %s (${mode})`, async (name) => {
      const { project, counts } = await begin(table(`${name} bigint`), { mode });
      expect((await project.apply()).exitCode).toBe(0);
      expect((await project.work()).exitCode).toBe(0);
      expect(await counts()).toEqual([{ done: 1, rows: ROWS }]);
    });

  test('finds its place again under another DateStyle', async () => {
    const { database, project, counts } = await begin(table('d date', "date '2020-01-01' + i"));
    await database.query(`ALTER DATABASE ${database.database} SET datestyle = 'SQL, DMY'`);
    await project.apply();
    await database.query(`ALTER DATABASE ${database.database} SET datestyle = 'SQL, MDY'`);
    expect((await project.work()).exitCode).toBe(0);
    expect(await counts()).toEqual([{ done: 1, rows: ROWS }]);
  });

  test('works on the table that the run has found, whatever search path the worker has', async () => {
    const { database, project, counts } = await begin(`${table('id bigint')} CREATE SCHEMA other; ${table('id bigint', 'i', 'other.t')}`);
    await project.apply();
    await database.query(`ALTER ROLE ${user} IN DATABASE ${database.database} SET search_path = other, public`);
    expect((await project.work()).exitCode).toBe(0);
    expect(await database.query('SELECT count(*)::int AS done FROM other.t WHERE done > 0')).toEqual([{ done: 0 }]);
    await database.query(`ALTER ROLE ${user} IN DATABASE ${database.database} RESET search_path`);
    expect(await counts()).toEqual([{ done: 1, rows: ROWS }]);
  });

  test('has the server refuse where a policy hides rows from the worker that the run saw', async () => {
    const { database, project, counts } = await begin(`${table('id bigint')} ALTER TABLE t ENABLE ROW LEVEL SECURITY;`);
    const worker = `w_${database.database}`;
    await project.apply();
    await database.query(`CREATE ROLE ${worker} LOGIN PASSWORD 'x'; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${worker}`);
    try {
      const { exitCode, screen } = await project.work({ variables: { ...variablesOf(database), DB_USER: worker, DB_PASSWORD: 'x' } });
      expect([exitCode, await counts()]).toEqual([1, [{ done: 0, rows: ROWS }]]);
      expect(screen).toContain('query would be affected by row-level security policy for table "t"');
    } finally {
      await database.query(`DROP OWNED BY ${worker}; DROP ROLE ${worker}`);
    }
  });

  test('tells a table and its partitions, and a join with another table, from reading the table twice', async () => {
    const parts = 'CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (1000); CREATE TABLE b PARTITION OF t DEFAULT;';
    const setup = table('id bigint').replace(';', `;${parts}`).replace('0);', '0) PARTITION BY RANGE (id);');
    const { project, counts } = await begin(`${setup} CREATE TABLE u AS SELECT id FROM t;`, {
      statement: 'UPDATE t SET done = done + 1 FROM u a, u b WHERE a.id = t.id AND b.id = t.id;',
    });
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.work()).exitCode).toBe(0);
    expect(await counts()).toEqual([{ done: 1, rows: ROWS }]);
  });

  test.each([
    ['sum(done)', 'INSERT INTO o SELECT sum(done) FROM t ON CONFLICT DO NOTHING;', 'it aggregates'],
    ['max(id), for which an index is asked', 'INSERT INTO o SELECT max(id) FROM t ON CONFLICT DO NOTHING;', 'it aggregates'],
    [
      'a view of the table that it fills',
      'INSERT INTO o SELECT id FROM t WHERE id > (SELECT coalesce(most, 0) FROM seen) ON CONFLICT DO NOTHING;',
      'through a view',
    ],
    ['a view of the table that it changes', 'UPDATE t SET done = done + most FROM highest;', 'through a view'],
    ['parentheses', 'INSERT INTO o (SELECT id FROM t) ON CONFLICT DO NOTHING;', 'has no place in it'],
  ])('refuses %s', async (_, statement, why) => {
    const { database, project } = await begin(`${table('id bigint')} CREATE TABLE o (id bigint); ${VIEWS}`, { statement });
    const { exitCode, screen } = await project.apply();
    expect([exitCode, await database.query('SELECT FROM o')]).toEqual([1, []]);
    expect(screen).toContain('This statement cannot run in batches');
    expect(screen).toContain(why);
  });

  test('takes a set-returning function and an aggregate of another table for what they are', async () => {
    const setup = `${table('id bigint')} CREATE TABLE o (id bigint PRIMARY KEY, n bigint);`;
    const statement =
      'INSERT INTO o SELECT id * 2 + unnest(ARRAY[0, 1]), (SELECT max(oid::bigint) FROM pg_am) FROM t ON CONFLICT DO NOTHING;';
    const { database, project } = await begin(setup, { statement });
    await project.apply();
    expect((await project.work()).exitCode).toBe(0);
    expect(await database.query('SELECT count(*)::int AS n FROM o')).toEqual([{ n: 2 * ROWS }]);
  });

  test('refuses the pages of a table that has heirs, which have pages of their own', async () => {
    const setup = `CREATE TABLE t (id int, done int); CREATE TABLE heir () INHERITS (t); INSERT INTO heir SELECT i FROM generate_series(1, ${ROWS}) i;`;
    const { project } = await begin(setup, { statement: 'UPDATE t SET done = 1 WHERE done IS NULL;' });
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(1);
    expect(screen).toContain('t consists of several tables and has no key to walk along');
  });

  test('leaves no temporary table to a worker', async () => {
    const { project } = await begin('SELECT 1;', { before: `${table('id bigint').replace('CREATE', 'CREATE TEMP')}\n` });
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(1);
    expect(screen).toMatch(/"pg_temp_\d+"\."t" is a temporary table, and no worker sees it/);
  });

  test.each([
    ['writes', 'UPDATE t SET done = 7', 'cannot execute UPDATE in a read-only transaction'],
    ['is two statements', 'SELECT 0; SELECT 0', 'cannot insert multiple commands'],
    ['is no SQL', 'SELEC 0', 'syntax error'],
  ])('a question that %s is told as what it is, and changes nothing', async (_, sql, why) => {
    for (const mode of MODES) {
      const { project, counts } = await begin(table('id bigint'), { verify: `-- verify: ${sql}\n`, mode });
      const applied = await project.apply();
      const { exitCode, screen } = mode === 'foreground' ? applied : await project.work();
      expect([exitCode, await counts()]).toEqual([1, [{ done: 1, rows: ROWS }]]);
      expect(screen).toContain(`-- verify: gives "${why}`);
    }
  });

  test('one that has failed is named to a worker that comes later', async () => {
    const { project } = await begin(table('id bigint'), { verify: '-- verify: SELECT 1\n' });
    await project.apply();
    await project.work();
    const { exitCode, screen } = await project.work();
    expect(exitCode).toBe(1);
    expect(screen).toContain('002_fill has failed and waits: ');
    expect(screen).toContain('Next: SQL: SELECT 1\n');
    expect(await refusalOf(project.work({ env: 'staging' }))).toContain('remembers being test');
  });

  test('pauses what is called by its version or its name, and nothing whose name begins alike', async () => {
    const { database, project } = await begin(table('id bigint'));
    const settings = { env: 'test', variables: variablesOf(database), emit: () => {}, interruption: new AbortController().signal };
    const journey = { ...settings, project: defineProject({ root: project.root }), isPaused: true };
    await project.apply();
    for (const name of ['2', '002', '002_fill']) expect(await pause({ ...journey, name })).toEqual(['002_fill']);
    for (const name of ['00', '0', '002_fi', '20'])
      expect(await refusalOf(pause({ ...journey, name }))).toContain(`No backfill of ${name} is under way here`);
  });
});
