import { expect, test } from 'vitest';
import { generateRows } from '../../src/rehearse/generate-rows.ts';
import { multiplyRows } from '../../src/rehearse/multiply-rows.ts';
import { listTables, readTables } from '../../src/rehearse/read-tables.ts';
import { onOldestAndNewest } from '../support/database.ts';

onOldestAndNewest('multiplied rows', ({ freshDatabase }) => {
  const multiply = async (schema: string, rows = 1_000, isDistinct = false) => {
    const client = await (await freshDatabase()).connect();
    await client.query(schema);
    const tables = await readTables(client, await listTables(client, () => false));
    await client.query('BEGIN');
    expect((await generateRows(client, tables)).empty).toEqual([]);
    await client.query('COMMIT');
    const filled = await multiplyRows(client, tables, { rows, isDistinct });
    const count = async (sql: string): Promise<unknown> => Object.values((await client.query(sql)).rows[0] ?? {})[0];
    return { count, filled: Object.fromEntries(filled.map((one) => [one.table.replace('public.', ''), one.why ?? one.rows])) };
  };

  test('keep to keys, checks, types and lengths', async () => {
    const { filled } = await multiply(`
      CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
      CREATE TYPE mood AS ENUM ('sad', 'happy');
      CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED, mood mood NOT NULL);
      CREATE TABLE plain (id int PRIMARY KEY, share percent NOT NULL);
      CREATE TABLE uuids (id uuid PRIMARY KEY, code varchar(9) NOT NULL UNIQUE, at timestamptz NOT NULL UNIQUE, day date UNIQUE);
      CREATE TABLE lower_mail (id serial PRIMARY KEY, mail text NOT NULL CHECK (mail LIKE '%@%'));
      CREATE UNIQUE INDEX ON lower_mail (lower(mail));
      CREATE TABLE state (id serial PRIMARY KEY, name text NOT NULL CHECK (name IN ('open', 'shut')));
      CREATE TABLE "Odd ""name" (r serial PRIMARY KEY, "a b" text);
      CREATE TABLE keyless (a int, b text);
      CREATE TABLE parted (id bigint NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (id);
      CREATE TABLE parted_1 PARTITION OF parted DEFAULT;`);
    expect(new Set(Object.values(filled))).toEqual(new Set([1_000]));
    expect(Object.keys(filled)).toHaveLength(8);
  });

  test('have parents', async () => {
    const { filled, count } = await multiply(`
      CREATE TABLE a (id serial PRIMARY KEY, boss int REFERENCES a);
      CREATE TABLE b (id uuid PRIMARY KEY, a int NOT NULL REFERENCES a, UNIQUE (id, a));
      CREATE TABLE detail (id int PRIMARY KEY REFERENCES a, note text);
      CREATE TABLE a_b (a int REFERENCES a, b uuid REFERENCES b, PRIMARY KEY (a, b));
      CREATE TABLE pair (id serial PRIMARY KEY, b uuid NOT NULL, a int NOT NULL, FOREIGN KEY (b, a) REFERENCES b (id, a));`);
    expect(filled).toEqual({ a: 1_000, a_b: 1_000, b: 1_000, detail: 998, pair: 1_000 });
    expect(await count('SELECT count(DISTINCT a)::int FROM b')).toBeGreaterThan(900);
  });

  test('are as many as there can be, and the rest of the database gets its own', async () => {
    const { filled } = await multiply(
      `
      CREATE TABLE one (is_it bool PRIMARY KEY DEFAULT true CHECK (is_it));
      CREATE TABLE short (code char(1) PRIMARY KEY);
      CREATE TABLE small (n smallint PRIMARY KEY);
      CREATE TABLE free (id serial PRIMARY KEY);`,
      40_000,
    );
    expect(filled).toMatchInlineSnapshot(`
      {
        "free": 40000,
        "one": "its unique keys allow no more",
        "short": "its unique keys allow no more",
        "small": "smallint out of range",
      }
    `);
  });

  test('differ in numbers too where that is asked for', async () => {
    const schema = 'CREATE TABLE a (id serial PRIMARY KEY, n int NOT NULL, m numeric(12, 2) NOT NULL, t text NOT NULL, u uuid NOT NULL);';
    const distinct = 'SELECT ARRAY[count(DISTINCT n), count(DISTINCT m), count(DISTINCT t), count(DISTINCT u)]::int[] AS found FROM a';
    expect(await (await multiply(schema)).count(distinct)).toEqual([3, 3, 1_000, 3]);
    expect(await (await multiply(schema, 1_000, true)).count(distinct)).toEqual([1_000, 1_000, 1_000, 1_000]);
  });
});
