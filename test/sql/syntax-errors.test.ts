import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorOf, refusalOf, sqlFile } from './sql-file.ts';

describe('a syntax error is told at its place', () => {
  test('as PostgreSQL words it', async () => {
    expect(await refusalOf('SELECT 1;\n-- comment\nCREATE TABEL t (a int);\nSELECT 2;')).toMatchInlineSnapshot(`
      "Syntax error at or near "TABEL"
        db/migrations/001_x.sql:3:8
        3 │ CREATE TABEL t (a int);
          │        ^
        Next: correct the statement and run the command again"
    `);
  });
  test('behind wide characters, emoji and tabs', async () => {
    expect(await refusalOf("SELECT '漢字';\n\tSELECT '漢字 é 😀', a b c FROM t;")).toMatchInlineSnapshot(`
      "Syntax error at or near "c"
        db/migrations/001_x.sql:2:23
        2 │   SELECT '漢字 é 😀', a b c FROM t;
          │                           ^
        Next: correct the statement and run the command again"
    `);
  });
  test('at the end of input, behind the last token', async () => {
    expect(await refusalOf('SELECT 1;\nSELECT a,\n  b +  -- and?\n\n')).toMatchInlineSnapshot(`
      "Syntax error at end of input
        db/migrations/001_x.sql:3:6
        3 │   b +  -- and?
          │      ^
        Next: correct the statement and run the command again"
    `);
  });
  test('in a file with CRLF', async () => {
    expect(await refusalOf("SELECT '\r\n\r\n', 1\r\n  2;\r\n")).toMatchInlineSnapshot(`
      "Syntax error at or near "2"
        db/migrations/001_x.sql:4:3
        4 │   2;
          │   ^
        Next: correct the statement and run the command again"
    `);
  });
  test('at the first semicolon after a parenthesis that never closes', async () => {
    expect(await refusalOf('CREATE TABLE t (a int;\nCREATE TABLE u (b int);')).toMatchInlineSnapshot(`
      "Syntax error at or near ";"
        db/migrations/001_x.sql:1:22
        1 │ CREATE TABLE t (a int;
          │                      ^
        Next: correct the statement and run the command again"
    `);
  });
  test('of a kind that does not begin with "syntax error"', async () => {
    expect(await refusalOf('SELECT 123abc;')).toMatchInlineSnapshot(`
      "Syntax error: trailing junk after numeric literal at or near "123abc"
        db/migrations/001_x.sql:1:8
        1 │ SELECT 123abc;
          │        ^
        Next: correct the statement and run the command again"
    `);
  });
  test('with the hint that psql variables are not replaced', async () => {
    expect(await refusalOf('SELECT * FROM t WHERE id = :id;')).toMatchInlineSnapshot(`
      "Syntax error at or near ":"
        db/migrations/001_x.sql:1:28
        1 │ SELECT * FROM t WHERE id = :id;
          │                            ^
        Next: write the value itself: psql variables (:name, :'name') are not replaced here"
    `);
  });
  test('of the first bad statement, though a quote further down never closes', async () => {
    expect((await errorOf("SELEC 1;\nSELECT 'x;")).what).toBe('Syntax error at or near "SELEC"');
  });
  test('behind a string that goes on after a comment', async () => {
    expect((await errorOf("SELECT 'a' -- 😀\n'b', FROM FROM")).where).toMatchObject({ line: 2, column: 6 });
  });
  test('without the rest of a very long token', async () => {
    expect((await errorOf(`SELECT 1 '${'x'.repeat(900_000)}'`)).message.length).toBeLessThan(500);
  });
});

describe('what never closes is told where it opens:', () => {
  test('a quote', async () => {
    expect(await refusalOf("SELECT 1;\nSELECT 'it's';\nSELECT 2;")).toMatchInlineSnapshot(`
      "This quote is never closed, so the rest of the file is inside it
        db/migrations/001_x.sql:2:13
        2 │ SELECT 'it's';
          │             ^
        Next: close it with ', and write a quote inside it as ''"
    `);
  });
  test('a quoted name', async () => {
    expect(await refusalOf('SELECT "a FROM t;')).toMatchInlineSnapshot(`
      "This quoted name is never closed, so the rest of the file is inside it
        db/migrations/001_x.sql:1:8
        1 │ SELECT "a FROM t;
          │        ^
        Next: close it with ""
    `);
  });
  test('a dollar quote', async () => {
    expect(await refusalOf('DO $body$ BEGIN END $Body$;')).toMatchInlineSnapshot(`
      "This dollar quote is never closed, so the rest of the file is inside it
        db/migrations/001_x.sql:1:4
        1 │ DO $body$ BEGIN END $Body$;
          │    ^
        Next: close it with the same tag, in the same letter case"
    `);
  });
  test('a comment', async () => {
    expect(await refusalOf('SELECT 1;\n  /* a /* b */\nSELECT 2;')).toMatchInlineSnapshot(`
      "This comment is never closed, so the rest of the file is inside it
        db/migrations/001_x.sql:2:3
        2 │   /* a /* b */
          │   ^
        Next: close it with */; comments nest, so each /* needs its own"
    `);
  });
  test('a quote in bulk data', async () => {
    expect((await errorOf("INSERT INTO t VALUES ('a'), ('b);")).where).toMatchObject({ line: 1, column: 30 });
  });
});

describe('what only psql understands is refused:', () => {
  test('a meta-command', async () => {
    expect(await refusalOf('SELECT 1;\n\\set name value\n')).toMatchInlineSnapshot(`
      "\\set is a command of psql, not SQL
        db/migrations/001_x.sql:2:1
        2 │ \\set name value
          │ ^
        Next: delete the line and write the values themselves: psql variables are not replaced here"
    `);
  });
  test.each([
    ['\\i other.sql', 'put the SQL of that file here, or make it a migration of its own'],
    ['\\connect db', 'delete the line: a migration runs in the one database that its environment names'],
    ["\\copy t FROM 'x'", 'write the rows as INSERT, use COPY … FROM a file on the server, or load them in a code migration'],
    ['SELECT 1 \\gexec', 'delete it, or write it as SQL'],
    ['SELECT a \\ b', "remove it, or put it into quotes: E'…' for escapes"],
  ])('%s', async (text, next) => {
    expect(await errorOf(text)).toMatchObject({ code: 'psql-meta-command', next });
  });
  test('the two lines of pg_dump, both taken out by the command', async () => {
    const text = "\\restrict abc\nSELECT '\\restrict';\n\\unrestrict abc\n";
    const { next } = await errorOf(text);
    const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-restrict-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const file = path.join(root, sqlFile('').path);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    execFileSync('sh', ['-ec', next.replace(/ {3}\S.*$/, '')], { cwd: root });
    expect(readFileSync(file, 'utf8')).toBe("SELECT '\\restrict';\n");
  });
  test('COPY FROM stdin, before its data are read as SQL', async () => {
    expect(await refusalOf("CREATE TABLE t (a text);\nCOPY t (a) FROM stdin;\nit's\n\\.\n")).toMatchInlineSnapshot(`
      "COPY … FROM stdin needs psql, which sends the lines that follow it
        db/migrations/001_x.sql:2:1
        2 │ COPY t (a) FROM stdin;
          │ ^
        Next: write the rows as INSERT (of a dump: pg_dump --inserts), use COPY … FROM a file on the server, or load them in a code migration"
    `);
  });
});

test('COPY from a file, from a program and to stdout are PostgreSQL’s business', async () => {
  for (const text of ["COPY t FROM '/x'", "COPY t FROM PROGRAM 'x'", 'COPY t TO stdout'])
    await expect(errorOf(text)).rejects.toThrow('expected a refusal');
});

describe('statements that would break the run are refused:', () => {
  test('SET standard_conforming_strings = off', async () => {
    expect(await refusalOf("SET standard_conforming_strings = off;\nSELECT 'it\\'s';")).toMatchInlineSnapshot(`
      "SET standard_conforming_strings = off changes nothing here: PostgreSQL reads the whole text before it runs the first statement
        db/migrations/001_x.sql:1:1
        1 │ SET standard_conforming_strings = off;
          │ ^
        Next: delete this statement and write strings with backslash escapes as E'…'"
    `);
  });
  test('DISCARD ALL', async () => {
    expect(await refusalOf('DISCARD ALL;')).toMatchInlineSnapshot(`
      "DISCARD ALL would release the lock that keeps other runs out
        db/migrations/001_x.sql:1:1
        1 │ DISCARD ALL;
          │ ^
        Next: use RESET ALL, DISCARD TEMP, DISCARD SEQUENCES or DEALLOCATE ALL"
    `);
  });
  test('pg_advisory_unlock_all()', async () => {
    expect(await refusalOf('SELECT pg_catalog.pg_advisory_unlock_all();')).toMatchInlineSnapshot(`
      "pg_advisory_unlock_all() would release the lock that keeps other runs out
        db/migrations/001_x.sql:1:1
        1 │ SELECT pg_catalog.pg_advisory_unlock_all();
          │ ^
        Next: release your own lock with pg_advisory_unlock(key)"
    `);
  });
  test.each([
    'SET standard_conforming_strings = on',
    'DISCARD TEMP',
    'RESET ALL',
    "SELECT 'pg_advisory_unlock_all()'",
    'SELECT pg_advisory_unlock(1)',
  ])('but not %s', async (text) => {
    await expect(errorOf(text)).rejects.toThrow('expected a refusal');
  });
});

describe('a script without statements is refused:', () => {
  test('an empty file', async () => {
    expect(await refusalOf(' \n\t\r\n')).toMatchInlineSnapshot(`
      "This SQL file is empty
        db/migrations/001_x.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });
  test('a file with comments only', async () => {
    expect(await refusalOf('-- Description: nothing yet\n/* x */ ;\n')).toMatchInlineSnapshot(`
      "This SQL file holds only comments, no statement
        db/migrations/001_x.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });
  test('a file with only BEGIN and COMMIT', async () => {
    expect(await refusalOf('BEGIN;\nCOMMIT;')).toMatchInlineSnapshot(`
      "This SQL file holds only BEGIN and COMMIT, no statement
        db/migrations/001_x.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });
});
