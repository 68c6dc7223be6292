import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { pair, up } from '../support/project.ts';
import { applyTo } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

onServer('newest', 'SQL that nobody can run', ({ freshDatabase }) => {
  const applySecond = async (sql: string): Promise<string> => applyTo(await freshDatabase(), { ...FIRST, [up('002_b')]: sql });

  test('a typo is refused before anything runs', async () => {
    expect(await applySecond('BEGIN;\nCREATE TABLE b (id int);\nCREATE TABEL c (id int);\nCOMMIT;\n')).toMatchInlineSnapshot(`
      "exit 2
      Syntax error at or near "TABEL"
        db/migrations/002_b.sql:3:8
        3 │ CREATE TABEL c (id int);
          │        ^
        Next: correct the statement and run the command again"
    `);
  });

  test('the caret stands right behind tabs, wide characters, emoji and combining marks', async () => {
    expect(await applySecond("\tSELECT '漢字' AS \"👩‍👩‍👧\", 'e\u0301' FORM a;")).toMatchInlineSnapshot(`
      "exit 2
      Syntax error at or near "a"
        db/migrations/002_b.sql:1:36
        1 │   SELECT '漢字' AS "👩‍👩‍👧", 'é' FORM a;
          │                                   ^
        Next: correct the statement and run the command again"
    `);
  });

  test('a missing semicolon is refused where the next statement begins', async () => {
    expect(await applySecond('CREATE TABLE b (id int)\nCREATE TABLE c (id int);')).toMatchInlineSnapshot(`
      "exit 2
      Syntax error at or near "CREATE"
        db/migrations/002_b.sql:2:1
        2 │ CREATE TABLE c (id int);
          │ ^
        Next: correct the statement and run the command again"
    `);
  });

  test('an end that comes too early is refused', async () => {
    expect(await applySecond('CREATE TABLE b (\n  id int,\n')).toMatchInlineSnapshot(`
      "exit 2
      Syntax error at end of input
        db/migrations/002_b.sql:2:10
        2 │   id int,
          │          ^
        Next: correct the statement and run the command again"
    `);
  });

  test('\\i is refused', async () => {
    expect(await applySecond('SELECT 1;\n\\i other.sql\n')).toMatchInlineSnapshot(`
      "exit 2
      \\i is a command of psql, not SQL
        db/migrations/002_b.sql:2:1
        2 │ \\i other.sql
          │ ^
        Next: put the SQL of that file here, or make it a migration of its own"
    `);
  });

  test('\\connect is refused', async () => {
    expect(await applySecond('\\connect app\nSELECT 1;')).toMatchInlineSnapshot(`
      "exit 2
      \\connect is a command of psql, not SQL
        db/migrations/002_b.sql:1:1
        1 │ \\connect app
          │ ^
        Next: delete the line: a migration runs in the one database that its environment names"
    `);
  });

  test('\\copy is refused', async () => {
    expect(await applySecond('\\copy a from data.csv csv\n')).toMatchInlineSnapshot(`
      "exit 2
      \\copy is a command of psql, not SQL
        db/migrations/002_b.sql:1:1
        1 │ \\copy a from data.csv csv
          │ ^
        Next: write the rows as INSERT, use COPY … FROM a file on the server, or load them in a code migration"
    `);
  });

  test('psql variables are refused', async () => {
    expect(await applySecond('\\set id 7\nINSERT INTO a VALUES (:id);')).toMatchInlineSnapshot(`
      "exit 2
      2 things are in the way; nothing was changed
      1. \\set is a command of psql, not SQL
        db/migrations/002_b.sql:1:1
        1 │ \\set id 7
          │ ^
        Next: delete the line and write the values themselves: psql variables are not replaced here
      2. Syntax error at or near ":"
        db/migrations/002_b.sql:2:23
        2 │ INSERT INTO a VALUES (:id);
          │                       ^
        Next: write the value itself: psql variables (:name, :'name') are not replaced here"
    `);
    expect(await applySecond('INSERT INTO a VALUES (:id);')).toMatchInlineSnapshot(`
      "exit 2
      Syntax error at or near ":"
        db/migrations/002_b.sql:1:23
        1 │ INSERT INTO a VALUES (:id);
          │                       ^
        Next: write the value itself: psql variables (:name, :'name') are not replaced here"
    `);
  });

  test('COPY FROM stdin is refused', async () => {
    expect(await applySecond('COPY a (id) FROM stdin;\n1\n2\n\\.\n')).toMatchInlineSnapshot(`
      "exit 2
      COPY … FROM stdin needs psql, which sends the lines that follow it
        db/migrations/002_b.sql:1:1
        1 │ COPY a (id) FROM stdin;
          │ ^
        Next: write the rows as INSERT (of a dump: pg_dump --inserts), use COPY … FROM a file on the server, or load them in a code migration"
    `);
  });

  test('COMMIT in the middle is refused', async () => {
    expect(await applySecond('CREATE TABLE b (id int);\nCOMMIT;\nCREATE TABLE c (id int);')).toMatchInlineSnapshot(`
      "exit 2
      COMMIT has no BEGIN
        db/migrations/002_b.sql:2:1
        2 │ COMMIT;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/002_b.sql   or by hand: let markers begin each transaction; the whole file:
              CREATE TABLE b (id int);
              -- part: transaction
              CREATE TABLE c (id int);"
    `);
  });

  test('two transactions in one file are refused', async () => {
    expect(
      await applySecond('BEGIN;\nCREATE TABLE b (id int);\nCOMMIT;\nBEGIN;\nCREATE TABLE c (id int);\nCOMMIT;'),
    ).toMatchInlineSnapshot(`
      "exit 2
      COMMIT in the middle of a migration would break up its transaction
        db/migrations/002_b.sql:3:1
        3 │ COMMIT;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/002_b.sql   or by hand: let markers begin each transaction; the whole file:
              CREATE TABLE b (id int);
              -- part: transaction
              CREATE TABLE c (id int);"
    `);
  });

  test('ROLLBACK is refused', async () => {
    expect(await applySecond('BEGIN;\nCREATE TABLE b (id int);\nROLLBACK;')).toMatchInlineSnapshot(`
      "exit 2
      ROLLBACK cannot stand in a migration, which is one transaction that Lockstep ends
        db/migrations/002_b.sql:3:1
        3 │ ROLLBACK;
          │ ^
        Next: remove it, or split the file into several migrations: each runs in a transaction of its own"
    `);
  });

  test('BEGIN without COMMIT is refused', async () => {
    expect(await applySecond('BEGIN;\nCREATE TABLE b (id int);\n')).toMatchInlineSnapshot(`
      "exit 2
      BEGIN has no COMMIT
        db/migrations/002_b.sql:1:1
        1 │ BEGIN;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/002_b.sql   or by hand: leave it to Lockstep to begin and commit; the whole file:
              CREATE TABLE b (id int);"
    `);
  });

  test('COMMIT without BEGIN is refused', async () => {
    expect(await applySecond('CREATE TABLE b (id int);\nCOMMIT;\n')).toMatchInlineSnapshot(`
      "exit 2
      COMMIT has no BEGIN
        db/migrations/002_b.sql:2:1
        2 │ COMMIT;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/002_b.sql   or by hand: leave it to Lockstep to begin and commit; the whole file:
              CREATE TABLE b (id int);"
    `);
  });

  test('a statement that cannot run in BEGIN … COMMIT is refused', async () => {
    expect(await applySecond('BEGIN;\nCREATE INDEX CONCURRENTLY ON a (id);\nCOMMIT;\n')).toMatchInlineSnapshot(`
      "exit 2
      CREATE INDEX CONCURRENTLY cannot run inside BEGIN … COMMIT
        db/migrations/002_b.sql:2:1
        2 │ CREATE INDEX CONCURRENTLY ON a (id);
          │ ^
        Next: leave it to Lockstep to begin and commit; the whole file:
              CREATE INDEX CONCURRENTLY ON a (id);"
    `);
  });

  test('an unterminated quote is refused where it opens', async () => {
    expect(await applySecond("INSERT INTO a VALUES (1);\nSELECT 'it;\nSELECT 2;\n")).toMatchInlineSnapshot(`
      "exit 2
      This quote is never closed, so the rest of the file is inside it
        db/migrations/002_b.sql:2:8
        2 │ SELECT 'it;
          │        ^
        Next: close it with ', and write a quote inside it as ''"
    `);
  });

  test('an unterminated quoted name is refused where it opens', async () => {
    expect(await applySecond('SELECT 1 AS "one;\n')).toMatchInlineSnapshot(`
      "exit 2
      This quoted name is never closed, so the rest of the file is inside it
        db/migrations/002_b.sql:1:13
        1 │ SELECT 1 AS "one;
          │             ^
        Next: close it with ""
    `);
  });

  test('an unterminated comment is refused where it opens', async () => {
    expect(await applySecond('SELECT 1;\n/* outer /* inner */\nSELECT 2;\n')).toMatchInlineSnapshot(`
      "exit 2
      This comment is never closed, so the rest of the file is inside it
        db/migrations/002_b.sql:2:1
        2 │ /* outer /* inner */
          │ ^
        Next: close it with */; comments nest, so each /* needs its own"
    `);
  });

  test('an unterminated dollar quote is refused where it opens', async () => {
    expect(await applySecond('DO $body$ BEGIN NULL; END $BODY$;\n')).toMatchInlineSnapshot(`
      "exit 2
      This dollar quote is never closed, so the rest of the file is inside it
        db/migrations/002_b.sql:1:4
        1 │ DO $body$ BEGIN NULL; END $BODY$;
          │    ^
        Next: close it with the same tag, in the same letter case"
    `);
  });
});
