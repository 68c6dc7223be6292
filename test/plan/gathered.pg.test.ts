import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, refusalOf, up } from '../support/project.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

onServer('newest', 'everything that is wrong, at once and before the first statement', ({ freshDatabase }) => {
  test('a syntax error, psql’s commands, COPY and a COMMIT in a DO block in several files', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...FIRST,
      [up('002_b')]: "\\restrict abc\nCREATE TABL b (id int);\nSET client_encoding = 'LATIN1';\nSELECT 1;\n\\unrestrict abc\n",
      [up('003_c')]: 'CREATE TABLE c (id int);\nCOPY c (id) FROM stdin;\n1\n2\n\\.\nCOPY d FROM stdin;\n',
      [up('004_d')]: 'DO $$ BEGIN CREATE TABLE g (id int); COMMIT; INSERT INTO g VALUES (1); END $$;',
      [up('005_e')]:
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';\nCALL p();\n-- part: no-transaction\nDO $$ BEGIN COMMIT; END $$;",
    });
    const refused = await refusalOf(project.apply());
    expect(refused).toMatchInlineSnapshot(`
      "6 things are in the way; nothing was changed
      1. \\restrict is a command of psql, not SQL
        db/migrations/002_b.sql:1:1
        1 │ \\restrict abc
          │ ^
        Next: sed '/^\\\\restrict /d; /^\\\\unrestrict /d' db/migrations/002_b.sql > db/migrations/002_b.sql.new && mv db/migrations/002_b.sql.new db/migrations/002_b.sql   takes out both lines that pg_dump wrote for psql
      2. Syntax error at or near "TABL"
        db/migrations/002_b.sql:2:8
        2 │ CREATE TABL b (id int);
          │        ^
        Next: correct the statement and run the command again
      3. A migration is sent as UTF-8, and another client_encoding in its middle would change what its text means
        db/migrations/002_b.sql:3:1
        3 │ SET client_encoding = 'LATIN1';
          │ ^
        Next: delete this statement, and save the file as UTF-8
      4. COPY … FROM stdin needs psql, which sends the lines that follow it
        db/migrations/003_c.sql:2:1
        2 │ COPY c (id) FROM stdin;
          │ ^
        Next: write the rows as INSERT (of a dump: pg_dump --inserts), use COPY … FROM a file on the server, or load them in a code migration
      5. The DO has a COMMIT or ROLLBACK in its body, which cannot end the transaction that a migration is
        db/migrations/004_d.sql:1:1
        1 │ DO $$ BEGIN CREATE TABLE g (id int); COMMIT; INSERT INTO g VALUES (1); END $$;
          │ ^
        Next: write -- part: no-transaction on a line before it, or take the COMMIT out
      6. The CALL has a COMMIT or ROLLBACK in its body, which cannot end the transaction that a migration is
        db/migrations/005_e.sql:2:1
        2 │ CALL p();
          │ ^
        Next: write -- part: no-transaction on a line before it, or take the COMMIT out"
    `);
    expect(await refusalOf(project.dryRun('up'))).toBe(refused);
    expect(await isThere(database, 'a')).toBe(false);
  });

  test('files with transactions of their own are rewritten by one command', async () => {
    const database = await freshDatabase();
    const two = (a: string, b: string): string =>
      `BEGIN;\nCREATE TABLE ${a} (i int);\nCOMMIT;\nBEGIN;\nCREATE TABLE ${b} (i int);\nCOMMIT;\n`;
    const project = await createProject(database, { [up('001_x')]: two('a', 'b'), [up('002_y')]: two('c', 'd') });
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "2 SQL files begin and commit transactions in their middle, where each migration is one: db/migrations/001_x.sql, db/migrations/002_y.sql
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql db/migrations/002_y.sql   applies all of these edits: -- part: transaction where one began"
    `);
    await project.rewrite([up('001_x'), up('002_y')]);
    expect(readFileSync(path.join(project.root, up('001_x')), 'utf8')).toMatchInlineSnapshot(`
      "CREATE TABLE a (i int);
      -- part: transaction
      CREATE TABLE b (i int);
      "
    `);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await isThere(database, 'd')).toBe(true);
  });

  test('empty files are one line, with the policy that takes them', async () => {
    const database = await freshDatabase();
    const names = Array.from({ length: 12 }, (_, i) => `${String(i + 1).padStart(3, '0')}_x`);
    const tree = Object.fromEntries(names.map((name) => [up(name), '-- nothing yet\n']));
    expect(await refusalOf((await createProject(database, tree)).apply())).toMatchInlineSnapshot(`
      "12 SQL files hold no statement: db/migrations/001_x.sql, db/migrations/002_x.sql, db/migrations/003_x.sql, db/migrations/004_x.sql, db/migrations/005_x.sql, db/migrations/006_x.sql, db/migrations/007_x.sql, db/migrations/008_x.sql, db/migrations/009_x.sql, db/migrations/010_x.sql and 2 more
        Next: in knexfile.ts: emptyScripts: 'accept' in the policy of the environment, where that is on purpose"
    `);
    const accepting = await createProject(database, tree, { test: { emptyScripts: 'accept', rollbacks: 'optional' } });
    const { exitCode, screen } = await accepting.apply();
    expect(exitCode).toBe(0);
    expect(screen).not.toContain('cannot be rolled back');
  });

  test('a rollback may be empty where it says so', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...FIRST,
      [up('001_a')]: 'CREATE TABLE IF NOT EXISTS a (id int);',
      [down('001_a')]: '-- empty: the table stays\n',
    });
    await project.apply();
    expect((await project.rollback()).exitCode).toBe(0);
    await project.write({ [down('001_a')]: '-- Rollback for 001_a\n' });
    await project.apply();
    expect(await refusalOf(project.rollback())).toContain('-- empty: why');
  });

  test('many missing rollbacks are a number', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `${String(i + 1).padStart(3, '0')}_x`);
    const tree = Object.fromEntries(names.map((name) => [up(name), 'SELECT 1;']));
    const { screen } = await (await createProject(await freshDatabase(), tree)).apply();
    expect(screen).toContain('Note: 40 migrations cannot be rolled back: the rollback files are missing');
    expect(Math.max(...screen.split('\n').map((line) => line.length))).toBeLessThan(200);
  });

  test('a statement over the size that is parsed is checked as well', async () => {
    const database = await freshDatabase();
    const rows = Array.from({ length: 40_000 }, (_, i) => `(${i}${i === 39_998 ? ' oops' : ''},'${'x'.repeat(20)}')`);
    const project = await createProject(database, {
      [up('001_big')]: 'CREATE TABLE big (id int, t text);',
      [up('002_broken')]: `INSERT INTO big VALUES\n${rows.join(',\n')}\nON CONFLICT DO NOTHING;`,
    });
    const refused = await refusalOf(project.apply());
    expect(refused).toContain('Syntax error at or near "oops"');
    expect(refused).toContain('db/migrations/002_broken.sql:40000:8');
    expect(await isThere(database, 'big')).toBe(false);
    await project.write({
      [up('002_broken')]: `INSERT INTO big VALUES\n${rows.join(',\n').replace(' oops', '')}\nON CONFLICT DO NOTHING;`,
    });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('SELECT count(*)::int AS n FROM big')).toEqual([{ n: 40_000 }]);
  });

  test('characters that the database cannot hold', async () => {
    const database = await freshDatabase();
    await database.query(`CREATE DATABASE ${database.database}_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    const latin1 = { ...database, database: `${database.database}_latin1` };
    const project = await createProject(latin1, {
      [up('001_menu')]: "-- Description: für Gäste\nCREATE TABLE menu (name text);\nINSERT INTO menu VALUES ('Käse');",
      [up('002_arrow')]: "-- Description: old → new\nCOMMENT ON TABLE menu IS 'plain';",
    });
    try {
      const refused = await refusalOf(project.apply());
      expect(refused).toMatchInlineSnapshot(`
        ""→" (U+2192) has no place in this database, whose encoding is LATIN1
          db/migrations/002_arrow.sql:1:21
          1 │ -- Description: old → new
            │                     ^
          Next: write another character, in comments too: the text of a migration is kept in its journal"
      `);
      expect(await refusalOf(project.dryRun('up'))).toBe(refused);
      await project.write({ [up('002_arrow')]: "COMMENT ON TABLE menu IS 'plain';" });
      expect((await project.apply()).exitCode).toBe(0);
    } finally {
      await database.query(`DROP DATABASE ${latin1.database} WITH (FORCE)`);
    }
  });

  test('what only the server knows names the server, and deferred events their remedy', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { [up('001_vector')]: 'CREATE EXTENSION no_such_vector;' });
    expect((await project.apply()).outcome?.failed?.failure.next).toContain('install the extension "no_such_vector" on the server');
    await project.write({
      [up('001_vector')]: `CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int, parent_id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent SELECT generate_series(9, 9); INSERT INTO child SELECT 1, 9;
ALTER TABLE child ALTER COLUMN parent_id SET NOT NULL;`,
    });
    expect((await project.apply()).outcome?.failed?.failure.next).toContain('put SET CONSTRAINTS ALL IMMEDIATE; above the statement');
  });
});

onServer('newest', 'a correction of a script that stopped between its parts', ({ freshDatabase }) => {
  const TABLES = `CREATE TABLE reading (sensor int NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE reading_2026 PARTITION OF reading FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`;

  test('that only joins its parts resumes behind what is done', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_readings')]: `SET lock_timeout = '5s';\n${TABLES}\nCREATE INDEX CONCURRENTLY reading_sensor ON reading (sensor, at);`,
    });
    expect((await project.apply()).exitCode).toBe(1);
    await project.write({
      [up('001_readings')]: `SET lock_timeout = '9s';\n${TABLES}\nCREATE INDEX reading_sensor ON reading (sensor, at);`,
    });
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(0);
    expect(screen).toContain('001_readings resumes at part 1 of 1');
    expect(await isThere(database, 'reading_sensor')).toBe(true);
    expect(await historyOf(database)).toEqual(['001_readings']);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('that changes what is done is refused before the run, with the text that would settle it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      [up('001_x')]: 'CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON missing (id);',
    });
    expect((await project.apply()).exitCode).toBe(1);
    await project.write({ [up('001_x')]: 'CREATE TABLE t (id bigint);\nCREATE INDEX CONCURRENTLY i ON t (id);' });
    const refused = await refusalOf(project.apply());
    expect(refused).toMatchInlineSnapshot(`
      "Part 1 of db/migrations/001_x.sql was applied by an earlier attempt, and its statements are not here any more as they were
        db/migrations/001_x.sql:1:1
        1 │ CREATE TABLE t (id bigint);
          │ ^
        Next: write it as it was applied, and what is new below it:
              CREATE TABLE t (id int);
              or undo it by hand, and begin anew: npm run migrate:dev -- --env test --interrupted restart"
    `);
    expect(await refusalOf(project.dryRun('up'))).toBe(refused);
    await project.write({ [up('001_x')]: 'CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);' });
    expect((await project.apply()).exitCode).toBe(0);
  });
});
