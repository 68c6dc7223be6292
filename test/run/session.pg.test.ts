import { expect, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { createProject, historyOf, isThere, up, variablesOf } from '../support/project.ts';

onEachServer('a session', ({ freshDatabase }) => {
  test('of a login that takes another role by default migrates and records as that role', async () => {
    const database = await freshDatabase();
    const name = database.database;
    await database.query(
      `create role ${name}_owner nologin; create role ${name}_app login password 'app-secret' noinherit in role ${name}_owner`,
    );
    await database.query(
      `alter role ${name}_app set role = ${name}_owner; alter database ${name} owner to ${name}_owner; grant all on schema public to ${name}_owner`,
    );
    const project = await createProject(database, {
      [up('001_a')]: 'CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);',
      [up('002_b')]: 'SELECT nope;',
    });
    const variables = { ...variablesOf(database), DB_USER: `${name}_app`, DB_PASSWORD: 'app-secret' };
    const { outcome } = await project.apply({ variables });
    expect(outcome?.done.map((step) => step.name)).toEqual(['001_a']);
    expect(outcome?.failed?.failure.sqlstate).toBe('42703');
    await database.query(
      `drop owned by ${name}_app, ${name}_owner cascade; alter database ${name} owner to postgres; drop role ${name}_app, ${name}_owner`,
    );
  });

  test('with session_replication_role = replica keeps the journal whole', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_a')]: 'SET session_replication_role = replica; CREATE TABLE a (id int);',
      [up('002_b')]: 'SET session_replication_role = replica; CREATE TABLE b (id int);',
    });
    expect((await project.apply()).exitCode).toBe(0);
    const [{ gaps } = {}] = await database.query(
      "select count(*) filter (where id <> n or hash = '' or (n > 1 and prev_hash = ''))::int as gaps from (select *, row_number() over (order by id) as n from schema_migrations_journal) j",
    );
    expect(gaps).toBe(0);
  });

  test('that gave the RunLock away cannot record what another run recorded', async () => {
    const database = await freshDatabase();
    const sql =
      'CREATE TABLE IF NOT EXISTS t (v int);\nDO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$;\nINSERT INTO t VALUES (1);\nSELECT pg_sleep(1);';
    const project = await createProject(database, { [up('001_a')]: sql });
    const runs = await Promise.all([project.apply(), project.apply()]);
    expect(await historyOf(database)).toEqual(['001_a']);
    expect(await database.query('select count(*)::int as n from t')).toEqual([{ n: 1 }]);
    expect(runs.map(({ exitCode }) => exitCode)).toContain(0);
  });

  test('shows what a migration RAISEs, and nothing about IF EXISTS', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_a')]: "DROP TABLE IF EXISTS nothing; DO $$ BEGIN RAISE NOTICE 'half of it'; RAISE WARNING 'look'; END $$;",
    });
    const { events } = await project.apply();
    expect(events.filter(({ type }) => type === 'notice')).toEqual([
      { type: 'notice', severity: 'NOTICE', text: 'half of it' },
      { type: 'notice', severity: 'WARNING', text: 'look' },
    ]);
  });

  test('that holds a password shows it in no failure', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_a')]: "DO $$ BEGIN EXECUTE format('ALTER ROLE no_such_role PASSWORD %L', 's3cr3t'); END $$;",
    });
    const { screen } = await project.apply();
    expect(screen).not.toContain('s3cr3t');
    await project.write({ [up('001_a')]: "SELECT 'postgres://u:s3cr3t@h/db'::int;" });
    expect((await project.apply()).screen).not.toContain('s3cr3t');
    expect(JSON.stringify(await database.query('select * from schema_migrations_journal'))).not.toContain('s3cr3t');
    expect(await isThere(database, 't')).toBe(false);
  });
});
