import { expect, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, refusalOf, steady, up } from '../support/project.ts';

const TWO = {
  ...pair('001_a', '-- Description: Makes a\nBEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n', 'DROP TABLE a;'),
  ...pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'),
};

onEachServer('apply', ({ freshDatabase }) => {
  test('applies what is pending, each in a batch of its own', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(0);
    expect(steady(screen)).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 2 migrations
        001_a   Makes a
        002_b
      1/2 001_a   Makes a
      1/2 001_a applied in DURATION
      2/2 002_b
      2/2 002_b applied in DURATION
      Applied 2 migrations in DURATION (test)
      journal: COUNT events, head HEAD
      "
    `);
    const rows = await database.query(
      'select name, batch, description, applied_by, duration_ms >= 0 as timed, length(checksum) as checksum from schema_migrations order by id',
    );
    expect(rows).toEqual([
      { name: '001_a', batch: 1, description: 'Makes a', applied_by: 'postgres', timed: true, checksum: 64 },
      { name: '002_b', batch: 2, description: null, applied_by: 'postgres', timed: true, checksum: 64 },
    ]);
  });

  test('says in one line that nothing is pending', async () => {
    const project = await createProject(await freshDatabase(), TWO);
    await project.apply();
    const { exitCode, screen } = await project.apply();
    expect([exitCode, steady(screen)]).toEqual([0, 'Nothing to apply (test: DATABASE on HOST:PORT, PostgreSQL VERSION)\n']);
  });

  test('stops after the version that --to names', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply({ to: '1' });
    expect(await historyOf(database)).toEqual(['001_a']);
  });

  test('does not apply again what the journal says is applied, when its row of history is gone', async () => {
    const database = await freshDatabase();
    // Nothing in the database would keep this from being done twice.
    const project = await createProject(database, { ...TWO, [up('003_row')]: 'INSERT INTO a VALUES (1);' });
    await project.apply();
    await database.query("DELETE FROM schema_migrations WHERE name = '003_row'");
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "003_row was applied, and its row of history was deleted by hand; to apply it again would do it twice
        Next: npm run migrate:repair -- --reinsert 003_row   or, where it was undone by hand too: npm run migrate:repair -- --forget 003_row"
    `);
    expect(await database.query('SELECT id FROM a')).toEqual([{ id: 1 }]);
    expect(await historyOf(database)).toEqual(['001_a', '002_b']);
  });

  test('keeps step 1 applied when step 2 fails, and leaves nothing of step 2', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TWO,
      [up('002_b')]: 'BEGIN;\nCREATE TABLE b (id int);\nINSERT INTO b SELECT 1/0;\nCOMMIT;\n',
      [up('003_c')]: 'SELECT 1;',
    });
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(1);
    expect(steady(screen)).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 3 migrations
        001_a   Makes a
        002_b   (2 statements)
        003_c
      Note: 003_c cannot be rolled back: the rollback file is missing
        Next: touch db/migrations/rollbacks/003_c.sql
      1/3 001_a   Makes a
      1/3 001_a applied in DURATION
      2/3 002_b
      2/3 002_b failed
      db/migrations/002_b.sql failed at statement 2 of 2: division by zero; nothing of it was kept
        db/migrations/002_b.sql:3:1   22012
        3 │ INSERT INTO b SELECT 1/0;
          │ ^
        Next: correct db/migrations/002_b.sql, then run npm run migrate:dev -- --env test again

      002_b failed; applied before it and kept: 001_a; not reached: 003_c
      journal: COUNT events, head HEAD
      "
    `);
    expect(await historyOf(database)).toEqual(['001_a']);
    expect(await isThere(database, 'b')).toBe(false);
  });

  test('finds the place of an error that has a position, behind tabs, wide characters and emoji', async () => {
    const project = await createProject(await freshDatabase(), {
      [up('001_a')]: "BEGIN;\nSELECT 1;\n\tSELECT '漢字😀', no_such_column;\nCOMMIT;\n",
    });
    const { outcome } = await project.apply();
    expect(outcome?.failed?.failure.where).toMatchObject({ file: 'db/migrations/001_a.sql', line: 3, column: 16 });
  });

  test('runs nothing when a later file has a typo', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...TWO, [up('002_b')]: 'CREATE TABEL b (id int);' });
    expect(await refusalOf(project.apply())).toContain('db/migrations/002_b.sql:1:8');
    expect(await historyOf(database)).toEqual([]);
  });

  test('reports a deferred constraint that fails at the COMMIT, and keeps nothing', async () => {
    const database = await freshDatabase();
    const sql =
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (7);';
    const project = await createProject(database, { [up('001_a')]: sql });
    const { outcome } = await project.apply();
    expect(outcome?.failed?.failure.what).toBe(
      'db/migrations/001_a.sql ran, and failed at its COMMIT: insert or update on table "c" violates foreign key constraint "c_p_fkey"; nothing of it was kept',
    );
    expect(await isThere(database, 'p')).toBe(false);
  });

  test('sends SQL byte for byte', async () => {
    const database = await freshDatabase();
    const sql = `CREATE TABLE t (v text, j jsonb DEFAULT '{"why?": "??"}');
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $body$ SELECT 'a ? b ?? $1 :name ' || E'\\\\' || '\\' $body$;
INSERT INTO t (v) VALUES (f() || '😀 ? $2 :x');
INSERT INTO t (v) SELECT 'yes' WHERE '{"a":1}'::jsonb ? 'a' AND '{"a":1}'::jsonb ?| ARRAY['a'];`;
    const project = await createProject(database, { [up('001_a')]: sql });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('select v, j from t order by v')).toEqual([
      { v: 'a ? b ?? $1 :name \\\\😀 ? $2 :x', j: { 'why?': '??' } },
      { v: 'yes', j: { 'why?': '??' } },
    ]);
  });

  test('lets no setting leak into the next migration', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_a')]:
        "CREATE SCHEMA other; CREATE ROLE leak_role_a; GRANT ALL ON SCHEMA other TO leak_role_a; SET search_path = other; SET statement_timeout = '7s'; SET ROLE leak_role_a; CREATE TABLE in_other (id int); CREATE TEMP TABLE tmp (id int);",
      [up('002_b')]:
        "CREATE TABLE seen AS SELECT current_user::text AS who, current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout, to_regclass('tmp') IS NULL AS clean; DROP OWNED BY leak_role_a; DROP ROLE leak_role_a;",
    });
    const { outcome } = await project.apply();
    expect(outcome?.failed).toBeUndefined();
    expect(await database.query('select * from seen')).toEqual([{ who: 'postgres', path: '"$user", public', timeout: '0', clean: true }]);
  });

  test("keeps the file's own transaction options", async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_a')]:
        "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE seen AS SELECT current_setting('transaction_isolation') AS level;\nCOMMIT;",
    });
    await project.apply();
    expect(await database.query('select level from seen')).toEqual([{ level: 'serializable' }]);
  });

  test('adds an enum value and uses it: in one file, and in two', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_a')]: "CREATE TYPE mood AS ENUM ('ok');",
      [up('002_b')]: "ALTER TYPE mood ADD VALUE 'great'; CREATE TABLE t (m mood DEFAULT 'great'); INSERT INTO t DEFAULT VALUES;",
      [up('003_c')]: "ALTER TYPE mood ADD VALUE 'sad';",
      [up('004_d')]: "INSERT INTO t VALUES ('sad');",
    });
    const { outcome } = await project.apply();
    expect(outcome?.failed).toBeUndefined();
    expect(await database.query('select m::text from t order by 1')).toEqual([{ m: 'great' }, { m: 'sad' }]);
  });

  test('puts tables and history into the schema that DB_SCHEMA names, and makes it in test', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    const { variables } = {
      variables: {
        DB_HOST: database.host,
        DB_PORT: String(database.port),
        DB_USER: database.user,
        DB_PASSWORD: database.password,
        DB_NAME: database.database,
        DB_SCHEMA: 'App One',
      },
    };
    expect((await project.apply({ variables })).exitCode).toBe(0);
    expect(await isThere(database, '"App One".a')).toBe(true);
    expect(await isThere(database, '"App One".schema_migrations')).toBe(true);
    expect(await isThere(database, 'public.schema_migrations')).toBe(false);
  });
});
