import { describe, expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { errorOf, partsOf, refusalOf, sqlFile } from './sql-file.ts';

describe("the file's own BEGIN … COMMIT is replaced by ours", () => {
  test.each([
    ['BEGIN;\nSELECT 1;\nCOMMIT;', 'BEGIN'],
    ['/* a */ -- b\n; BEGIN WORK; SELECT 1; END TRANSACTION; -- c', 'BEGIN'],
    ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT WORK', 'BEGIN ISOLATION LEVEL SERIALIZABLE'],
    [
      'begin isolation level repeatable read, read write, not deferrable; SELECT 1; commit',
      'BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE, NOT DEFERRABLE',
    ],
    ['BEGIN; SELECT 1; COMMIT AND NO CHAIN;', 'BEGIN'],
  ])('%s', async (text, begin) => {
    const { begin: ours, parts } = await parseScript(sqlFile(text));
    expect(ours).toBe(begin);
    expect(parts.map(({ statements }) => statements.map(({ summary }) => summary))).toEqual([['SELECT']]);
  });
});

test('savepoints may stand in a transactional part', async () => {
  expect(await partsOf('SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE SAVEPOINT a')).toEqual([
    'transaction: SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE SAVEPOINT a',
  ]);
});

test('words of transaction control inside functions do not count', async () => {
  await partsOf(
    'CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END',
  );
});

describe('transaction control elsewhere is refused:', () => {
  test('BEGIN without COMMIT', async () => {
    expect(await refusalOf('BEGIN;\nSELECT 1;')).toMatchInlineSnapshot(`
      "BEGIN has no COMMIT
        db/migrations/001_x.sql:1:1
        1 │ BEGIN;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: leave it to Lockstep to begin and commit; the whole file:
              SELECT 1;"
    `);
  });
  test('COMMIT without BEGIN', async () => {
    expect(await refusalOf('SELECT 1;\nCOMMIT;\n')).toMatchInlineSnapshot(`
      "COMMIT has no BEGIN
        db/migrations/001_x.sql:2:1
        2 │ COMMIT;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: leave it to Lockstep to begin and commit; the whole file:
              SELECT 1;"
    `);
  });
  test('COMMIT in the middle', async () => {
    expect(
      await refusalOf('BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;\n\nBEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\n'),
    ).toMatchInlineSnapshot(`
      "COMMIT in the middle of a migration would break up its transaction
        db/migrations/001_x.sql:3:1
        3 │ COMMIT;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: let markers begin each transaction; the whole file:
              CREATE TABLE t (a int);
              -- part: transaction

              INSERT INTO t VALUES (1);"
    `);
  });
  test('COMMIT and BEGIN on one line', async () => {
    expect(await refusalOf('SELECT 1; COMMIT; BEGIN; SELECT 2;')).toMatchInlineSnapshot(`
      "COMMIT in the middle of a migration would break up its transaction
        db/migrations/001_x.sql:1:11
        1 │ SELECT 1; COMMIT; BEGIN; SELECT 2;
          │           ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: let markers begin each transaction; the whole file:
              SELECT 1;
              -- part: transaction
              SELECT 2;"
    `);
  });
  test('BEGIN in the middle', async () => {
    expect(await refusalOf('SET lock_timeout = 0;\nBEGIN;\nSELECT 1;\nCOMMIT;')).toMatchInlineSnapshot(`
      "BEGIN in the middle of a migration would break up its transaction
        db/migrations/001_x.sql:2:1
        2 │ BEGIN;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: leave it to Lockstep to begin and commit; the whole file:
              SET lock_timeout = 0;
              SELECT 1;"
    `);
  });
  test('ROLLBACK', async () => {
    expect(await refusalOf('BEGIN;\nSELECT 1;\nROLLBACK;')).toMatchInlineSnapshot(`
      "ROLLBACK cannot stand in a migration, which is one transaction that Lockstep ends
        db/migrations/001_x.sql:3:1
        3 │ ROLLBACK;
          │ ^
        Next: remove it, or split the file into several migrations: each runs in a transaction of its own"
    `);
  });
  test('COMMIT AND CHAIN', async () => {
    expect(await refusalOf('BEGIN; SELECT 1; COMMIT AND CHAIN;')).toMatchInlineSnapshot(`
      "COMMIT AND CHAIN cannot stand in a migration, which is one transaction that Lockstep ends
        db/migrations/001_x.sql:1:18
        1 │ BEGIN; SELECT 1; COMMIT AND CHAIN;
          │                  ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: leave it to Lockstep to begin and commit; the whole file:
              SELECT 1;"
    `);
  });
  test.each(["PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "ROLLBACK PREPARED 'x'", 'ABORT', 'ROLLBACK AND CHAIN'])(
    '%s',
    async (text) => {
      expect(await errorOf(`SELECT 1;\n${text};`)).toMatchObject({
        code: 'transaction-control',
        where: { line: 2, column: 1 },
        exitCode: 2,
      });
    },
  );
  test('in a long file, by line numbers', async () => {
    expect(await refusalOf(`BEGIN;\n${'SELECT 1;\n'.repeat(50)}COMMIT;\n${'SELECT 1;\n'.repeat(50)}`)).toMatchInlineSnapshot(`
      "COMMIT in the middle of a migration would break up its transaction
        db/migrations/001_x.sql:52:1
        52 │ COMMIT;
           │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: delete line 1, replace line 52 with -- part: transaction"
    `);
  });
  test('in a file with a password, by line numbers', async () => {
    expect((await errorOf("BEGIN;\nCREATE ROLE r PASSWORD 'geheim';")).next).toMatch(/ or by hand: delete line 1$/);
  });
  test('READ ONLY, in which nothing can be recorded', async () => {
    expect(await refusalOf('BEGIN READ ONLY;\nSELECT 1;\nCOMMIT;')).toMatchInlineSnapshot(`
      "A migration cannot run READ ONLY: it is recorded in its own transaction
        db/migrations/001_x.sql:1:1
        1 │ BEGIN READ ONLY;
          │ ^
        Next: write BEGIN; without READ ONLY, or leave BEGIN and COMMIT out"
    `);
  });
  test('beside -- part: markers', async () => {
    expect(await refusalOf('BEGIN;\nSELECT 1;\n-- part: transaction\nSELECT 2;\nCOMMIT;')).toMatchInlineSnapshot(`
      "BEGIN … COMMIT and -- part: markers cannot stand in the same file
        db/migrations/001_x.sql:1:1
        1 │ BEGIN;
          │ ^
        Next: npm run migrate:repair -- --rewrite db/migrations/001_x.sql   or by hand: let markers begin each transaction; the whole file:
              SELECT 1;
              -- part: transaction
              SELECT 2;"
    `);
  });
  test('a savepoint where a marker turns the transaction off', async () => {
    expect(await refusalOf('-- part: no-transaction\nSAVEPOINT a;')).toMatchInlineSnapshot(`
      "SAVEPOINT needs a transaction, and -- part: no-transaction turns it off
        db/migrations/001_x.sql:2:1
        2 │ SAVEPOINT a;
          │ ^
        Next: write -- part: transaction on a line before it, or remove it"
    `);
  });
});

describe('an own BEGIN … COMMIT around what cannot run in it is refused', () => {
  test('with the text to paste', async () => {
    expect(
      await refusalOf('-- Description: x\nBEGIN;\n\nCREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\n\nCOMMIT;\n'),
    ).toMatchInlineSnapshot(`
      "CREATE INDEX CONCURRENTLY cannot run inside BEGIN … COMMIT
        db/migrations/001_x.sql:5:1
        5 │ CREATE INDEX CONCURRENTLY i ON t (a);
          │ ^
        Next: leave it to Lockstep to begin and commit; the whole file:
              -- Description: x

              CREATE TABLE t (a int);
              CREATE INDEX CONCURRENTLY i ON t (a);"
    `);
  });
  test('with line numbers where the file is long', async () => {
    expect(await refusalOf(`BEGIN;\n${'SELECT 1;\n'.repeat(50)}VACUUM t;\nCOMMIT;\n`)).toMatchInlineSnapshot(`
      "VACUUM cannot run inside BEGIN … COMMIT
        db/migrations/001_x.sql:52:1
        52 │ VACUUM t;
           │ ^
        Next: delete line 1 and line 53"
    `);
  });
  test('when it uses an enum value that it adds', async () => {
    expect(await refusalOf("BEGIN;\nALTER TYPE mood ADD VALUE 'ok';\nUPDATE t SET m = 'ok';\nCOMMIT;")).toMatchInlineSnapshot(`
      "The new enum value 'ok' cannot be used (line 3) in the transaction that adds it
        db/migrations/001_x.sql:2:1
        2 │ ALTER TYPE mood ADD VALUE 'ok';
          │ ^
        Next: leave it to Lockstep to begin and commit; the whole file:
              ALTER TYPE mood ADD VALUE 'ok';
              UPDATE t SET m = 'ok';"
    `);
  });
  test('but not when the new enum value is not used', async () => {
    expect(await partsOf("BEGIN; ALTER TYPE mood ADD VALUE 'ok'; SELECT 1; COMMIT;")).toEqual([
      "transaction: ALTER TYPE mood ADD VALUE 'ok'; SELECT 1",
    ]);
  });
});
