import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { split } from '../../src/sql/text/split.ts';
import { TokenHash } from '../../src/sql/text/token-hash.ts';
import { tokenEnd } from '../../src/sql/text/tokens.ts';
import { skipBlank } from '../../src/sql/text/whitespace.ts';
import { hashOf, sqlFile } from './sql-file.ts';

const TRICKY: Record<string, string> = {
  'a semicolon in a string': "SELECT 'a;b'; SELECT 2",
  'doubled quotes': "SELECT 'it''s;'; SELECT ''''; SELECT 2",
  'backslashes that mean nothing': "SELECT 'a\\'; SELECT 2",
  'backslashes in an E string': "SELECT E'a\\';b\\\\'; SELECT e'\\''; SELECT 2",
  'a string that goes on after a line break': "SELECT E'a'\n  'b\\';c'; SELECT 2",
  'a string that goes on after CRLF': "SELECT E'a'\r\n'b\\';c'; SELECT 2",
  'unicode strings and names': 'SELECT U&\'\\0041;\', u&"a;b"; SELECT 2',
  'prefixed strings': "SELECT N'a;', B'01', X'1f', b'', x'ab'; SELECT 2",
  'a word before a quote is no prefix': "SELECT date'2026-01-01', note'x' FROM t; SELECT 2".replace("note'x'", "text'\\'"),
  'quoted names': 'SELECT "a;b" AS "c""d;"; SELECT 2',
  'dollar quotes': 'DO $$ BEGIN PERFORM 1; END $$; SELECT $a$ $b$ ; $$ $a$; SELECT 2',
  'tags beyond ASCII': 'SELECT $größe$ ; $$ $größe$; SELECT $漢$;$漢$; SELECT 2',
  'parameters are no dollar quotes': 'PREPARE p AS SELECT $1, $2; PREPARE q AS SELECT $1; SELECT 2',
  'dollars inside names are no dollar quotes': 'SELECT a$b$c FROM t$; SELECT x$$y FROM t; SELECT 2',
  'nested comments': '/* a /* ; */ b; */ SELECT 1 /* ; */; /**/ SELECT /***/ 2 /*/**/;*/',
  'comments that touch operators': 'SELECT 1 +--;\n 2; SELECT 3 */* ; */ 4; SELECT 5 -/*;*/ 1',
  'line comments with CR and CRLF': 'SELECT 1 -- ;\r; SELECT 2 --;\r\n; SELECT 3',
  'BEGIN ATOMIC': 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3',
  'CASE in BEGIN ATOMIC':
    'create or replace procedure p() begin atomic insert into t select case when a then case b when 1 then 2 end end from t; end; SELECT 3',
  'names like keywords in BEGIN ATOMIC':
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT t.case, t.end FROM t; END; SELECT 3',
  'BEGIN ATOMIC in a comment or a string': "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT 1; BEGIN ATOMIC'; SELECT 3",
  'a type called atomic': 'CREATE TABLE t (begin atomic, x int); SELECT 3',
  rules: 'CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM u; SELECT 1); SELECT 2',
  'empty statements': ';; SELECT 1;;;  ; SELECT 2 ; -- end\n;',
  'no-break space and line separator are letters': 'SELECT 1 AS a\u00a0b; SELECT 2 AS x\u2028y; SELECT 3',
  'form feed and vertical tab are space': '\fSELECT\v1;\f\vSELECT 2',
  'characters outside the BMP': "SELECT '😀;' AS 😀; COMMENT ON TABLE t IS '漢字;'; SELECT 2",
  'CASE and END outside functions': 'SELECT CASE WHEN a THEN 1 END FROM t; SELECT 2',
  'ends without semicolon, in a comment': 'SELECT 1; SELECT 2 /* ; */ -- ;',
  'constant INSERTs': "INSERT INTO t VALUES (1, 'a;b'); insert into s.t (a) values (E'\\';') on conflict do nothing; SELECT 2",
  'other INSERTs': "INSERT INTO t SELECT ';'; INSERT INTO t VALUES (now(), ';') RETURNING a; SELECT 2",
};

describe('statement boundaries are those of libpg-query:', () => {
  beforeAll(loadModule);
  test.each(Object.entries(TRICKY))('%s', (_name, text) => {
    const theirs = (parseSync(text).stmts ?? []).map(({ stmt_location = 0, stmt_len }) => {
      const bytes = Buffer.from(text).subarray(stmt_location, stmt_len ? stmt_location + stmt_len : undefined);
      return withoutBlanks(bytes.toString());
    });
    expect(statementsOf(text)).toEqual(theirs);
  });
});

function statementsOf(text: string): readonly string[] {
  const pieces = [...split(text, new TokenHash())];
  return pieces.filter(({ kind }) => kind === 'statement' || kind === 'constant-insert').map(({ start, end }) => text.slice(start, end));
}

/** Its boundaries include the comments and white space around a statement, ours do not. */
function withoutBlanks(text: string): string {
  const start = skipBlank(text, 0);
  let end = start;
  for (let at = start; at < text.length; at = skipBlank(text, end)) end = tokenEnd(text, at);
  return text.slice(start, end);
}

// PostgreSQL takes this (checked on 18), libpg-query's own lexer does not.
test('a string may go on after a comment', async () => {
  const text = "SELECT E'a' -- it's 😀\n -- two\n 'b\\';c' AS v; SELECT 2";
  const { parts, semanticHash } = await parseScript(sqlFile(text));
  expect(parts[0]?.statements.map(({ start, end }) => text.slice(start, end))).toEqual([text.slice(0, -10), 'SELECT 2']);
  expect(semanticHash).toBe(await hashOf("SELECT E'a'\n'b\\';c' AS v; SELECT 2"));
});

test('a statement runs from its first to its last token', async () => {
  const text = '-- Description: x\n\n/* c */ CREATE TABLE t (a int) -- why\n ; -- done\n';
  const { parts } = await parseScript(sqlFile(text));
  expect(parts[0]?.statements).toMatchObject([{ start: 27, end: 49, summary: 'CREATE TABLE' }]);
  expect(text.slice(27, 49)).toBe('CREATE TABLE t (a int)');
});

test('a summary is the first words up to the kind of object', async () => {
  const statements = {
    'create or replace view v as select 1': 'CREATE OR REPLACE VIEW',
    'CREATE UNIQUE INDEX i ON t (a)': 'CREATE UNIQUE INDEX',
    'CREATE TEMP TABLE t (a int)': 'CREATE TEMP TABLE',
    'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()': 'CREATE CONSTRAINT TRIGGER',
    'ALTER /* x */ TABLE t ADD a int': 'ALTER TABLE',
    'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r': 'ALTER DEFAULT PRIVILEGES',
    'CREATE TEXT SEARCH CONFIGURATION c (parser = x)': 'CREATE TEXT SEARCH CONFIGURATION',
    'INSERT INTO t SELECT 1': 'INSERT INTO',
    'INSERT INTO t VALUES (1)': 'INSERT INTO',
    'delete from t': 'DELETE FROM',
    'UPDATE t SET a = 1': 'UPDATE',
    'DO $$ BEGIN END $$': 'DO',
    '(SELECT 1) UNION SELECT 2': 'SELECT',
    'COMMENT ON TABLE t IS NULL': 'COMMENT ON',
    'REFRESH MATERIALIZED VIEW CONCURRENTLY v': 'REFRESH MATERIALIZED VIEW CONCURRENTLY',
    'TRUNCATE t': 'TRUNCATE',
    'DROP FUNCTION index': 'DROP FUNCTION',
    'GRANT SELECT ON t TO r': 'GRANT',
    'WITH x AS (SELECT 1) SELECT * FROM x': 'WITH',
  };
  for (const [text, summary] of Object.entries(statements)) {
    const { parts } = await parseScript(sqlFile(text));
    expect.soft(parts[0]?.statements[0].summary, text).toBe(summary);
  }
});
