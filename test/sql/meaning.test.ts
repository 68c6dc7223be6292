import { describe, expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { hashOf, sqlFile } from './sql-file.ts';

const FUNCTION = 'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1; -- one\nEND $$;';

describe('an edit that changes no meaning keeps the semantic hash:', () => {
  test.each([
    ['white space', 'CREATE TABLE t (a int, b text);', 'CREATE TABLE t (\n  a int,\n  b text\n);\n'],
    ['comments', 'SELECT 1, location FROM t;', '-- x\nSELECT /* y */ 1, -- z\nlocation FROM t; -- end'],
    ['letter case', 'create table T (A int);', 'CREATE TABLE t (a INT);'],
    ['CRLF', `${FUNCTION}\nINSERT INTO t VALUES ('a\nb');`, `${FUNCTION}\nINSERT INTO t VALUES ('a\nb');`.replaceAll('\n', '\r\n')],
    ['own BEGIN and COMMIT', 'SELECT 1;', 'BEGIN;\nSELECT 1;\nCOMMIT;'],
    ['empty statements', 'SELECT 1', ';;SELECT 1;;'],
    [
      'white space in bulk data',
      "INSERT INTO t(a,b) VALUES (1,'x'),(-2,NULL)",
      "insert into T ( a, B )\nvalues\n( 1 , 'x' ), /* c */ ( - 2, null );",
    ],
    ['a position of 0', 'SELECT a FROM t', '  SELECT   a FROM t'],
    ['a constraint further down', 'CREATE TABLE t (a int CHECK (a IN (1, 2)))', 'CREATE TABLE t (\n\n a int CHECK (\n a IN (1,\n 2)))'],
    ['case in a statement too deep to parse', `SELECT ${'a+'.repeat(9000)}1`, `select ${'A + '.repeat(9000)}1 -- x`],
  ])('%s', async (_name, before, after) => {
    expect(await hashOf(after)).toBe(await hashOf(before));
  });
});

describe('an edit that changes the meaning changes the semantic hash:', () => {
  test.each([
    ['a constant', 'SELECT 1', 'SELECT 2'],
    ['a string', "SELECT 'a b'", "SELECT 'a  b'"],
    ['a function body', FUNCTION, FUNCTION.replace('1', '2')],
    ['white space in a function body', FUNCTION, FUNCTION.replace('  RETURN', '    RETURN')],
    ['an option', 'CREATE INDEX i ON t (a)', 'CREATE INDEX i ON t (a) WITH (fillfactor = 70)'],
    ['order', 'SELECT 1; SELECT 2', 'SELECT 2; SELECT 1'],
    ['bulk data', 'INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (11)'],
    ['the sign of bulk data', 'INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (-1)'],
    ['quotes in bulk data', "INSERT INTO t VALUES ('1')", 'INSERT INTO t VALUES (1)'],
    ['rows against columns', 'INSERT INTO t VALUES (1,2)', 'INSERT INTO t VALUES (1),(2)'],
    ['one statement against two', 'INSERT INTO t VALUES (1),(2)', 'INSERT INTO t VALUES (1);INSERT INTO t VALUES (2)'],
    ['ON CONFLICT', 'INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING'],
    ['the isolation level', 'BEGIN; SELECT 1; COMMIT', 'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT'],
    ['a directive', 'SELECT 1; SELECT 2', 'SELECT 1;\n-- part: transaction\nSELECT 2'],
    ['a name in quotes', 'CREATE TABLE t ("A" int)', 'CREATE TABLE t ("a" int)'],
    ['the word location in a string', `SELECT '{"location":1}'`, `SELECT '{"location":2}'`],
    ['a tablespace location', "CREATE TABLESPACE t LOCATION '/1'", "CREATE TABLESPACE t LOCATION '/2'"],
  ])('%s', async (_name, before, after) => {
    expect(await hashOf(after)).not.toBe(await hashOf(before));
  });
});

test('the checksum of a part counts its statements, not what stands between them', async () => {
  // With a part behind it: a file that is one part has the file's own checksum.
  const checksumsOf = async (text: string) => [(await parseScript(sqlFile(`${text};\nVACUUM`))).parts[0]?.checksum];
  const [plain] = await checksumsOf('SELECT 1;\nSELECT\n2;');
  expect(await checksumsOf('-- c\r\nSELECT 1; /* d */ SELECT\r\n2 ;;')).toEqual([plain]);
  expect(await checksumsOf('SELECT 1;\nSELECT 2;')).not.toEqual([plain]);
  expect(plain).toMatchInlineSnapshot(`"60d841ccba00c1c4c287600877231d22f6e8219d5210d87b46b71d60df19eadf"`);
});
