import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';

const scriptOf = (text: string) =>
  parseScript({ path: 'x.sql', text, checksum: createHash('sha256').update(text).digest('hex') }, { mayBeEmpty: true });

const effectsOf = async (text: string) =>
  (await scriptOf(text)).parts.flatMap(({ statements }) => statements).flatMap(({ effects }) => effects ?? []);

async function touched(text: string): Promise<string> {
  const names = (await effectsOf(text)).flatMap(({ changes }) => changes);
  return names.map(({ schema, name }) => (schema ? `${schema}.${name}` : name)).join(' ');
}

async function seen(text: string): Promise<string> {
  const effects = (await effectsOf(text)).filter(
    ({ changes, dropsSchemas, isOpaque }) => changes.length + dropsSchemas.length > 0 || isOpaque,
  );
  return effects.map((it) => (it.isOpaque ? 'opaque' : it.preservesData ? 'keeps' : 'loses')).join(' ');
}

test.each([
  ['DROP TABLE a.b, "C" CASCADE', 'a.b C'],
  ['ALTER TABLE t DROP COLUMN a', 't'],
  ['ALTER TABLE s.t RENAME a TO b', 's.t'],
  ['ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES other', 't'],
  ['TRUNCATE a, b', 'a b'],
  ['UPDATE t SET a = 1 FROM u', 't'],
  ['DELETE FROM t USING u', 't'],
  ['WITH d AS (DELETE FROM t RETURNING *) INSERT INTO log SELECT * FROM d', 'log t'],
  ['MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE', 't'],
  ['SELECT * FROM t', ''],
  ['SELECT * INTO n FROM t', 'n'],
  ['CREATE TABLE n AS SELECT * FROM t', 'n'],
  ['CREATE VIEW v AS SELECT * FROM t', 'v'],
  ['CREATE INDEX ON t (a)', 't'],
  ['DROP INDEX i', 'i'],
  ['DROP TRIGGER x ON s.t', 's.t'],
  ['DROP VIEW v; DROP SEQUENCE q', 'v q'],
  ['CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()', 't'],
  ['LOCK TABLE t', 't'],
  ['DROP FUNCTION f()', ''],
])('%s touches %s', async (sql, names) => {
  expect(await touched(sql)).toBe(names);
});

test.each([
  ['CREATE INDEX ON t (a)', 'keeps'],
  ['ALTER TABLE t ADD COLUMN a int, ADD CHECK (a > 0)', 'keeps'],
  ['ALTER TABLE t ADD COLUMN a int, DROP COLUMN b', 'loses'],
  ['ALTER TABLE t ALTER a TYPE int', 'loses'],
  ['INSERT INTO t SELECT 1', 'keeps'],
  ['INSERT INTO t VALUES (1)', ''],
  ['INSERT INTO t SELECT 1 ON CONFLICT (a) DO UPDATE SET b = 2', 'loses'],
  ['WITH d AS (DELETE FROM t RETURNING *) INSERT INTO log SELECT * FROM d', 'loses'],
  ['DROP TABLE t', 'loses'],
  ['DROP SCHEMA s CASCADE', 'loses'],
  ['DO $$ BEGIN DELETE FROM t; END $$', 'opaque'],
  ['CALL clean_up()', 'opaque'],
  ['SELECT clean_up()', 'opaque'],
  ["SELECT set_config('a.b', '1', false), count(*) FROM t", ''],
  ['DROP TYPE mood CASCADE', 'opaque'],
  ['SELECT 1', ''],
])('%s: %s', async (sql, expected) => {
  expect(await seen(sql)).toBe(expected);
});

test('a dropped schema is named, as its tables are not in the text', async () => {
  expect((await effectsOf('DROP SCHEMA a, b CASCADE'))[0]?.dropsSchemas).toEqual(['a', 'b']);
});
