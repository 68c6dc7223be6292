import { describe, expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { partsOf, refusalOf, sqlFile } from './sql-file.ts';

test('a plain file is one transactional part', async () => {
  expect(await partsOf('CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);')).toEqual([
    'transaction: CREATE TABLE t (a int); INSERT INTO t VALUES (1)',
  ]);
});

test('what cannot run in a transaction is a part of its own', async () => {
  expect(await partsOf('SELECT 1; CREATE INDEX CONCURRENTLY i ON t (a); VACUUM t; SELECT 2; SELECT 3')).toEqual([
    'transaction: SELECT 1',
    'alone: CREATE INDEX CONCURRENTLY i ON t (a) -> create-index',
    'alone: VACUUM t -> repeatable',
    'transaction: SELECT 2; SELECT 3',
  ]);
});

describe('the effect is read from the statement:', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['CREATE INDEX CONCURRENTLY ON s.t (a)', { kind: 'create-index', table: { schema: 's', name: 't' }, ifNotExists: false }],
    ['CREATE INDEX CONCURRENTLY IF NOT EXISTS "I" ON T (a)', { kind: 'create-index', table: { name: 't' }, index: 'I', ifNotExists: true }],
    ['DROP INDEX CONCURRENTLY IF EXISTS s.i', { kind: 'drop-index', index: { schema: 's', name: 'i' }, ifExists: true }],
    ['DROP INDEX CONCURRENTLY i, j', { kind: 'unknown' }],
    ['REINDEX (VERBOSE, CONCURRENTLY) TABLE t', { kind: 'reindex', target: 'table', object: { name: 't' } }],
    ['REINDEX SCHEMA CONCURRENTLY s', { kind: 'reindex', target: 'schema', object: { name: 's' } }],
    ['REINDEX SYSTEM CONCURRENTLY d', { kind: 'reindex', target: 'database', object: { name: 'd' } }],
    ['REINDEX DATABASE', { kind: 'repeatable' }],
    [
      'ALTER TABLE s.p DETACH PARTITION p1 CONCURRENTLY',
      { kind: 'detach-partition', parent: { schema: 's', name: 'p' }, partition: { name: 'p1' } },
    ],
    ['CREATE DATABASE d', { kind: 'create-database', name: 'd' }],
    ['DROP TABLESPACE IF EXISTS t', { kind: 'drop-tablespace', name: 't' }],
    ["ALTER SYSTEM SET work_mem = '5MB'", { kind: 'repeatable' }],
    ["CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", { kind: 'unknown' }],
    ['DROP SUBSCRIPTION IF EXISTS s', { kind: 'repeatable' }],
  ];
  test.each(cases)('%s', async (text, effect) => {
    const { parts } = await parseScript(sqlFile(text));
    expect(parts).toMatchObject([{ mode: 'no-transaction', effect }]);
    expect(parts[0]).toHaveProperty('effect', effect);
  });
});

test('a subscription that the script has parted from its slot is dropped in the transaction', async () => {
  expect(await partsOf('ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s')).toEqual([
    'transaction: ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s',
  ]);
});

describe('a new enum value', () => {
  const add = "ALTER TYPE mood ADD VALUE 'ok'";
  const alone = `alone: ${add} -> add-enum-value`;
  test.each([
    ['a string', "UPDATE t SET m = 'ok'"],
    ['bulk data', "INSERT INTO t VALUES (1, 'ok')"],
    ['an array', "SELECT '{sad, ok}'::mood[]"],
    ['a default', "ALTER TABLE t ALTER m SET DEFAULT 'ok'::mood"],
    ['a dollar quote', 'SELECT $$ok$$::mood'],
    ['a function body', "CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS $$ SELECT 'ok'::mood $$"],
    ['a function body in quotes', "CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS 'SELECT ''ok''::mood'"],
    ['dynamic SQL in a DO block', "DO $$ BEGIN EXECUTE 'UPDATE t SET m = ''ok'''; END $$"],
    ['a body in another language', "DO LANGUAGE plpython3u $$ # it's ok $$"],
  ])('runs on its own when it is used later, in %s', async (_name, use) => {
    expect(await partsOf(`${add}; ${use}`)).toEqual([alone, `transaction: ${use}`]);
  });
  test.each([
    ['before only', `SELECT 'ok'; ${add}`],
    ['in a comment only', `${add}; SELECT 1 /* 'ok' */`],
    ['inside another word or sentence', `${add}; SELECT 'oks', 'all is ok', ok`],
    ['as the neighbour of the next value', `${add}; ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok'`],
    ['nowhere, and its type is new', `CREATE TYPE mood AS ENUM (); ${add}`],
  ])('stays in the transaction when it stands %s', async (_name, text) => {
    expect(await partsOf(text)).toHaveLength(1);
  });
  test('stays in its transaction when the use is in a later part', async () => {
    expect(await partsOf(`${add};\n-- part: transaction\nSELECT 'ok'`)).toEqual([`transaction: ${add}`, "transaction: SELECT 'ok'"]);
    expect(await partsOf(`${add}; VACUUM t; SELECT 'ok'`)).toEqual([
      `transaction: ${add}`,
      'alone: VACUUM t -> repeatable',
      "transaction: SELECT 'ok'",
    ]);
  });
  test('carries its type and label', async () => {
    const { parts } = await parseScript(sqlFile(`ALTER TYPE s."M" ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'; SELECT 'it''s'`));
    expect(parts[0]).toMatchObject({ effect: { kind: 'add-enum-value', type: { schema: 's', name: 'M' }, label: "it's" } });
  });
  test('is not a renamed one', async () => {
    expect(await partsOf("ALTER TYPE mood RENAME VALUE 'a' TO 'ok'; SELECT 'ok'")).toHaveLength(1);
  });
});

describe('directives', () => {
  test('no-transaction makes every following statement a part of its own', async () => {
    expect(
      await partsOf(
        "SELECT 1;\n-- part: no-transaction\nANALYZE t;\nALTER TYPE m ADD VALUE 'x';\nUPDATE t SET a = 1;\n--PART : Transaction\nSELECT 2; SELECT 3",
      ),
    ).toEqual([
      'transaction: SELECT 1',
      'alone: ANALYZE t -> repeatable',
      "alone: ALTER TYPE m ADD VALUE 'x' -> add-enum-value",
      'alone: UPDATE t SET a = 1 -> unknown',
      'transaction: SELECT 2; SELECT 3',
    ]);
  });
  test.each([
    'ANALYZE',
    'REINDEX TABLE t',
    'REFRESH MATERIALIZED VIEW v',
    'CHECKPOINT',
    "ALTER SYSTEM SET work_mem = '1MB'",
    'SET lock_timeout = 0',
  ])('%s may run twice', async (text) => {
    expect(await partsOf(`-- part: no-transaction\n${text}`)).toEqual([`alone: ${text} -> repeatable`]);
  });
  test('transaction begins another transactional part', async () => {
    expect(await partsOf('SELECT 1;\n  -- part: transaction\nSELECT 2;\n-- part: transaction\n')).toEqual([
      'transaction: SELECT 1',
      'transaction: SELECT 2',
    ]);
  });
  test('count only on a line of their own between statements', async () => {
    expect(
      await partsOf("SELECT 1; -- part: transaction\nSELECT\n-- part: transaction\n2; SELECT '\n-- part: x\n'; /*\n-- part: x\n*/"),
    ).toHaveLength(1);
  });
  test('with other words are refused', async () => {
    expect(await refusalOf('SELECT 1;\n  -- part: two\nSELECT 2')).toMatchInlineSnapshot(`
      "-- part: does not know "two"
        db/migrations/001_x.sql:2:3
        2 │   -- part: two
          │   ^
        Next: write -- part: transaction, -- part: no-transaction, or -- part: backfill (in background, batch=5000 pause=50ms along=created_at,id wal=50MB yield=off); for a plain comment, begin with another word"
    `);
    expect(await refusalOf('-- part:\nSELECT 2')).toMatchInlineSnapshot(`
      "-- part: names no kind of part
        db/migrations/001_x.sql:1:1
        1 │ -- part:
          │ ^
        Next: write -- part: transaction, -- part: no-transaction, or -- part: backfill (in background, batch=5000 pause=50ms along=created_at,id wal=50MB yield=off); for a plain comment, begin with another word"
    `);
  });
});
