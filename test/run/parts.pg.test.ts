import { expect, test } from 'vitest';
import { onEachServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, refusalOf, steady, up } from '../support/project.ts';
import { until } from '../support/wait.ts';

const TABLE = pair('001_t', 'CREATE TABLE t (id int, v int);', 'DROP TABLE t;');
const INDEX = { [up('002_i')]: 'CREATE INDEX CONCURRENTLY t_id ON t (id);\nCREATE INDEX CONCURRENTLY t_v ON t (v);\n' };

/** The backend that runs a statement, once it waits for another session. */
const blockedBackend = (database: TestDatabase, like: string) =>
  until(`a blocked backend: ${like}`, async () => {
    const rows = await database.query(
      `select pid from pg_stat_activity where datname = current_database() and query like $1 and cardinality(pg_blocking_pids(pid)) > 0`,
      [like],
    );
    return rows[0]?.['pid'] as number | undefined;
  });

/** Opens a transaction that CREATE INDEX CONCURRENTLY has to wait for. */
async function holdTable(database: TestDatabase, lock = 'ROW EXCLUSIVE') {
  const client = await database.connect();
  await client.query(`BEGIN; LOCK TABLE t IN ${lock} MODE`);
  return { release: () => client.query('ROLLBACK') };
}

onEachServer('a script that cannot run in a transaction', ({ freshDatabase }) => {
  test.each(['no-transaction', 'transaction'])('is recorded with the time of its last part too, %s', async (way) => {
    const database = await freshDatabase();
    const sql = `CREATE TABLE t (id int);\n-- part: ${way}\nSELECT pg_sleep(0.25);`;
    const project = await createProject(database, pair('001_t', sql, 'DROP TABLE t;'));
    expect((await project.apply()).exitCode).toBe(0);
    const [row] = await database.query('SELECT duration_ms FROM schema_migrations');
    expect(row?.['duration_ms']).toBeGreaterThanOrEqual(250);
  });

  test('is applied part by part and recorded once', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_i')]: 'ALTER TABLE t ADD COLUMN w int;\nCREATE INDEX CONCURRENTLY t_w ON t (w);\nINSERT INTO t VALUES (1);\nVACUUM t;',
    });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t', '002_i']);
    expect(await database.query("select part from schema_migrations_journal where event = 'part-done' order by id")).toEqual([
      { part: 1 },
      { part: 2 },
      { part: 3 },
      { part: 4 },
    ]);
  });

  test('says that nothing was kept when its first part fails, and what was when the second does', async () => {
    const database = await freshDatabase();
    const index = '\nCREATE INDEX CONCURRENTLY t_v ON t (v);';
    const project = await createProject(database, { ...TABLE, [up('002_i')]: `CREATE TABLE u (id int); CREATE TABLE t (id int);${index}` });
    expect((await project.apply()).screen).toContain('relation "t" already exists; nothing of it was kept');
    await project.write({ [up('002_i')]: `CREATE TABLE u (id int);${index.replace('(v)', '(nowhere)')}` });
    expect((await project.apply()).screen).toContain('does not exist; the parts before it stay applied');
  });

  test('tells of both where the part that failed may have committed by itself', async () => {
    const database = await freshDatabase();
    const loop = 'DO $$ BEGIN INSERT INTO t VALUES (7); COMMIT; PERFORM 1 / 0; END $$;';
    const project = await createProject(database, {
      ...TABLE,
      [up('002_i')]: `CREATE TABLE u (id int);\n-- part: no-transaction\n${loop}`,
    });
    const { screen } = await project.apply();
    expect(screen).toContain('division by zero; it runs without a transaction, so what it has committed itself stays; the parts before it');
    expect(await database.query('SELECT id FROM t WHERE id = 7')).toEqual([{ id: 7 }]);
  });

  test('goes on after its finished parts when its session is terminated, and leaves no INVALID index', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...TABLE });
    await project.apply();
    await project.write({
      [up('002_i')]: 'CREATE TABLE u (id int);\nCREATE INDEX CONCURRENTLY t_v ON t (v);\nINSERT INTO t VALUES (1);\n',
    });
    const holder = await holdTable(database);
    const first = project.apply();
    const pid = await blockedBackend(database, '%t_v%');
    await database.query('select pg_terminate_backend($1)', [pid]);
    expect((await first).exitCode).toBe(1);
    await holder.release();
    const [attempt] = (await project.status()).attempts;
    expect(attempt).toMatchObject({ name: '002_i', state: 'interrupted', partsDone: 1 });
    const second = await project.apply();
    expect(second.exitCode).toBe(0);
    expect(second.screen).toContain('002_i resumes at part 2 of 3');
    expect(
      await database.query('select indexrelid::regclass::text as name, indisvalid from pg_index where indrelid = $1::regclass', ['t']),
    ).toEqual([{ name: 't_v', indisvalid: true }]);
    expect(await database.query('select count(*)::int as n from t')).toEqual([{ n: 1 }]);
    expect((await project.status()).attempts).toEqual([]);
  });

  test('never takes an INVALID leftover for done, with IF NOT EXISTS or without', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE);
    await project.apply();
    await database.query('insert into t values (1, 1), (1, 1)');
    for (const index of ['t_one', 't_two'])
      await database.query(`create unique index concurrently ${index} on t (id)`).catch(() => undefined);
    await database.query('delete from t');
    await project.write({
      [up('002_i')]: 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_one ON t (id);\nCREATE UNIQUE INDEX CONCURRENTLY t_two ON t (id);',
    });
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(0);
    expect(screen).toContain('dropping the INVALID index "t_one"');
    expect(await database.query('select count(*)::int as n from pg_index where not indisvalid')).toEqual([{ n: 0 }]);
  });

  test('fails, and says why, when IF NOT EXISTS meets another table’s index of that name', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE);
    await project.apply();
    await database.query('create table other (id int); create index taken on other (id)');
    await project.write({ [up('002_i')]: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS taken ON t (id);' });
    const { outcome } = await project.apply();
    expect(outcome?.failed?.failure.code).toBe('index-not-built');
    expect(await historyOf(database)).toEqual(['001_t']);
  });

  test('drops what a failed unique build left behind, and builds it once the data is right', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...TABLE, [up('002_i')]: 'CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);' });
    await project.apply({ to: '001' });
    await database.query('insert into t values (1, 1), (1, 1)');
    const { outcome } = await project.apply();
    expect(outcome?.failed?.failure.sqlstate).toBe('23505');
    expect(await isThere(database, 't_id')).toBe(false);
    await database.query('delete from t');
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('refuses to go on when a finished part was edited', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_i')]: 'ALTER TABLE t ADD COLUMN w int;\nCREATE INDEX CONCURRENTLY t_w ON t (nope);',
    });
    expect((await project.apply()).exitCode).toBe(1);
    await project.write({ [up('002_i')]: 'ALTER TABLE t ADD COLUMN x int;\nCREATE INDEX CONCURRENTLY t_w ON t (x);' });
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "Part 1 of db/migrations/002_i.sql was applied by an earlier attempt, and its statements are not here any more as they were
        db/migrations/002_i.sql:1:1
        1 │ ALTER TABLE t ADD COLUMN x int;
          │ ^
        Next: write it as it was applied, and what is new below it:
              ALTER TABLE t ADD COLUMN w int;
              or undo it by hand, and begin anew: npm run migrate:dev -- --env test --interrupted restart"
    `);
    await project.write({ [up('002_i')]: 'ALTER TABLE t ADD COLUMN w int;\nCREATE INDEX CONCURRENTLY t_w ON t (w);' });
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('asks a person about a statement whose end cannot be read, and takes either answer', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_x')]: '-- part: no-transaction\nINSERT INTO t SELECT 1, count(*) FROM t;\n',
    });
    await project.apply({ to: '001' });
    const holder = await holdTable(database, 'ACCESS EXCLUSIVE');
    const first = project.apply();
    await database.query('select pg_terminate_backend($1)', [await blockedBackend(database, '%INSERT INTO t%')]);
    await first;
    await holder.release();
    const asked = await project.apply();
    expect(asked.exitCode).toBe(1);
    expect(steady(asked.screen)).toContain('if it took effect:  npm run migrate:dev -- --env test --interrupted done');
    expect((await project.apply({ verdict: 'again' })).exitCode).toBe(0);
    expect(await database.query('select count(*)::int as n from t')).toEqual([{ n: 1 }]);
  });

  test('finishes a partition detach that was cut off between its two transactions', async () => {
    const database = await freshDatabase();
    const parent = 'CREATE TABLE t (id int) PARTITION BY RANGE (id); CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10);';
    const project = await createProject(database, {
      [up('001_t')]: parent,
      [up('002_x')]: 'ALTER TABLE t DETACH PARTITION t_1 CONCURRENTLY;',
    });
    await project.apply({ to: '001' });
    const holder = await holdTable(database, 'ACCESS SHARE');
    const first = project.apply();
    await database.query('select pg_terminate_backend($1)', [await blockedBackend(database, '%DETACH PARTITION%')]);
    await first;
    await holder.release();
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query("select count(*)::int as n from pg_inherits where inhparent = 't'::regclass")).toEqual([{ n: 0 }]);
  });

  test('keeps what a part sets for the parts after it, also when a later run resumes from there', async () => {
    const database = await freshDatabase();
    await database.query('create schema app; create table app.t (id int)');
    const project = await createProject(database, {
      [up('001_i')]:
        'SET search_path = app;\nCREATE INDEX CONCURRENTLY t_id ON t (id);\nCREATE TABLE here (id int);\nCREATE INDEX CONCURRENTLY t_no ON t (nope);\n',
    });
    expect((await project.apply()).exitCode).toBe(1);
    expect(await isThere(database, 'app.here')).toBe(true);
    await project.write({
      [up('001_i')]:
        'SET search_path = app;\nCREATE INDEX CONCURRENTLY t_id ON t (id);\nCREATE TABLE here (id int);\nCREATE INDEX CONCURRENTLY t_no ON t (id);\n',
    });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await isThere(database, 'app.t_no')).toBe(true);
  });

  test('that failed is not taken for done because something else has the name it wanted', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_i')]: 'CREATE INDEX i ON t (id);',
      [up('003_i')]: 'CREATE UNIQUE INDEX CONCURRENTLY i ON t (v);',
    });
    for (let attempt = 0; attempt < 3; attempt += 1) expect((await project.apply()).outcome?.failed?.failure.sqlstate).toBe('42P07');
    expect(await historyOf(database)).toEqual(['001_t', '002_i']);
  });

  test.each(['DROP INDEX CONCURRENTLY no_such;', 'CREATE DATABASE postgres;', 'DROP DATABASE no_such;'])(
    'that failed fails again: %s',
    async (sql) => {
      const database = await freshDatabase();
      const project = await createProject(database, { [up('001_x')]: sql });
      for (let attempt = 0; attempt < 2; attempt += 1) expect((await project.apply()).exitCode).toBe(1);
      expect(await historyOf(database)).toEqual([]);
    },
  );

  test('has its settings again when a later run goes on, however they were set', async () => {
    const database = await freshDatabase();
    await database.query('create schema a; create table public.x (v int); insert into public.x values (100)');
    const sql =
      "SELECT pg_catalog.set_config('search_path', 'a', false);\nSET lock_timeout = '7s';\nCREATE TABLE x (v int); INSERT INTO x VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY xi ON x (v);\nDELETE FROM x; INSERT INTO x VALUES (7); CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS lock;";
    const project = await createProject(database, { [up('001_x')]: sql });
    expect((await project.apply()).exitCode).toBe(1);
    await database.query('delete from a.x where ctid = (select min(ctid) from a.x)');
    expect((await project.apply()).exitCode).toBe(0);
    expect(
      await database.query(
        'select (select array_agg(v) from a.x) as a, (select array_agg(v) from public.x) as public, (select lock from a.seen)',
      ),
    ).toEqual([{ a: [7], public: [100], lock: '7s' }]);
  });

  test('cannot be edited into one that runs its finished parts twice', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_x')]: 'UPDATE t SET v = v * 2;\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (v);',
    });
    await project.apply({ to: '001' });
    await database.query('insert into t values (1, 10), (2, 10)');
    expect((await project.apply()).exitCode).toBe(1);
    await project.write({ [up('002_x')]: 'UPDATE t SET v = v * 2;\nCREATE INDEX i ON t (v);' });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('select distinct v from t')).toEqual([{ v: 20 }]);
  });

  test('that was undone by hand begins anew when a person says so', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_x')]: 'CREATE TABLE x (id int);\nCREATE INDEX CONCURRENTLY i ON x (nope);',
    });
    await project.apply();
    await database.query('drop table x');
    await project.write({ [up('002_x')]: 'CREATE TABLE x (id int);\nCREATE INDEX CONCURRENTLY i ON x (id);' });
    expect((await project.apply()).exitCode).toBe(1);
    expect((await project.apply({ verdict: 'restart' })).exitCode).toBe(0);
    expect(await isThere(database, 'x')).toBe(true);
  });

  test('gives the timeouts back that it lifted for a CONCURRENTLY', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_x')]:
        "SET lock_timeout = '3s';\nCREATE INDEX CONCURRENTLY i ON t (id);\nCREATE TABLE seen AS SELECT current_setting('lock_timeout') AS lock;",
    });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('select lock from seen')).toEqual([{ lock: '3s' }]);
  });

  test('whose record fails is journaled as failed, and goes on when the record can be written', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE);
    await project.apply();
    await database.query("alter table schema_migrations_journal add constraint no_record check (event <> 'part-done')");
    await project.write(INDEX);
    expect((await project.apply()).exitCode).toBe(1);
    expect(await database.query("select name from schema_migrations_journal where event = 'step-failed'")).toEqual([{ name: '002_i' }]);
    await database.query('alter table schema_migrations_journal drop constraint no_record');
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t', '002_i']);
  });
});
