import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { offsetOfPosition } from '../../src/sql/text/positions.ts';
import { onEachServer } from '../support/database.ts';
import { sqlFile } from './sql-file.ts';

const SCHEMA = `
  CREATE TABLE t (a int); CREATE INDEX ti ON t (a);
  CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
  CREATE MATERIALIZED VIEW v AS SELECT 1 AS a; CREATE UNIQUE INDEX vi ON v (a);
  CREATE TYPE mood AS ENUM ('sad');
  CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false);
`;
const ALONE = [
  'CREATE INDEX CONCURRENTLY i ON t (a)',
  'DROP INDEX CONCURRENTLY ti',
  'REINDEX INDEX CONCURRENTLY ti',
  'REINDEX (CONCURRENTLY) TABLE t',
  'REINDEX SCHEMA public',
  'REINDEX DATABASE postgres',
  'VACUUM t',
  'VACUUM (ANALYZE)',
  'CLUSTER',
  "ALTER SYSTEM SET work_mem = '5MB'",
  'CREATE DATABASE d',
  'DROP DATABASE IF EXISTS d',
  "CREATE TABLESPACE x LOCATION '/nowhere'",
  'DROP TABLESPACE IF EXISTS x',
  'ALTER DATABASE postgres SET TABLESPACE pg_default',
  'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY',
  "CREATE SUBSCRIPTION n CONNECTION 'dbname=x' PUBLICATION p",
  'DROP SUBSCRIPTION s',
];
const TOGETHER = [
  'REINDEX TABLE t',
  'REINDEX (CONCURRENTLY false) INDEX ti',
  'ANALYZE t',
  'CLUSTER t USING ti',
  'ALTER DATABASE postgres CONNECTION LIMIT -1',
  'ALTER TABLE p DETACH PARTITION p1',
  "CREATE SUBSCRIPTION n CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)",
  "CREATE SUBSCRIPTION n CONNECTION 'dbname=x' PUBLICATION p WITH (create_slot = off, connect = off)",
  'ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s',
  'ALTER SUBSCRIPTION s SET PUBLICATION q WITH (refresh = false)',
  'REFRESH MATERIALIZED VIEW CONCURRENTLY v',
  'CHECKPOINT',
  "ALTER TYPE mood ADD VALUE 'ok'",
  "ALTER TYPE mood ADD VALUE 'ok'; ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok'",
];

onEachServer('what cannot run in a transaction block', (server) => {
  const database = server.sharedDatabase();
  beforeAll(async () => {
    const client = await database().connect();
    await client.query('SET client_min_messages = error');
    await client.query(SCHEMA);
  });
  // A database with a subscription cannot be dropped.
  afterAll(() =>
    database()
      .query('ALTER SUBSCRIPTION s SET (slot_name = NONE)')
      .then(() => database().query('DROP SUBSCRIPTION s')),
  );
  /** The SQLSTATE of its failure inside BEGIN, or `00000`. */
  const tryInTransaction = async (sql: string): Promise<string> => {
    const client = await database().connect();
    await client.query('BEGIN; SET LOCAL client_min_messages = error');
    const code = await client.query(sql).then(
      () => '00000',
      (error: { readonly code: string }) => error.code,
    );
    await client.query('ROLLBACK');
    return code;
  };
  const modesOf = async (sql: string): Promise<readonly string[]> => (await parseScript(sqlFile(sql))).parts.map(({ mode }) => mode);

  test.each(ALONE)('%s runs alone', async (sql) => {
    expect(await tryInTransaction(sql)).toBe('25001');
    expect(await modesOf(sql)).toEqual(['no-transaction']);
  });
  test.each(TOGETHER)('%s runs with others', async (sql) => {
    expect(await tryInTransaction(sql)).toBe('00000');
    expect(await modesOf(sql)).toEqual(['transaction']);
  });
  test('the use of a new enum value in the transaction that adds it', async () => {
    const sql = "ALTER TYPE mood ADD VALUE 'ok'; CREATE TABLE m (m mood DEFAULT 'ok')";
    expect(await tryInTransaction(sql)).toBe('55P04');
    expect(await modesOf(sql)).toEqual(['no-transaction', 'transaction']);
  });
});

onEachServer('our lexer agrees with PostgreSQL', (server) => {
  const database = server.sharedDatabase();
  test('on a string that goes on after a comment', async () => {
    const sql = "SELECT E'a' -- it's\n -- two\n 'b\\';c' AS v";
    expect(await database().query(sql)).toEqual([{ v: "ab';c" }]);
    const { parts } = await parseScript(sqlFile(sql));
    expect(parts[0]?.statements).toMatchObject([{ start: 0, end: sql.length }]);
  });
  test('on positions', async () => {
    const sql = "SELECT '😀é漢'\r\n, missing";
    const error = await database()
      .query(sql)
      .catch((cause: unknown) => cause);
    expect(error).toHaveProperty('position');
    const position = Number((error as { readonly position: string }).position);
    expect(offsetOfPosition(`SELECT 1;${sql}`, 9, position)).toBe(9 + sql.indexOf('missing'));
  });
});
