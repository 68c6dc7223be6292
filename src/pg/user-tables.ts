import type { Client } from 'pg';
import type { ObjectName } from '../model/effects.ts';
import { quoteName } from './catalog.ts';
import { goneWith } from './loss-queries.ts';
import { oneMessage } from './sql-text.ts';

/** A table that is neither the server's nor an extension's. */
export interface UserTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `p` holds no rows of its own. */
  readonly kind: 'r' | 'p';
  /** As of the last ANALYZE; 0 where there was none. */
  readonly estimatedRows: number;
  /** Rows and what is stored beside them, without indexes; as of the last VACUUM or ANALYZE, so 0 for a young table. */
  readonly bytes: number;
}

// pg_table_size would wait for whoever holds the table.
const TABLES = `SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
  greatest(c.reltuples, 0)::float8 AS "estimatedRows", 
  (greatest(c.relpages, 0) + coalesce((SELECT greatest(t.relpages, 0) FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid), 0))::float8
    * pg_catalog.current_setting('block_size')::int AS bytes
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname <> ALL (ARRAY['pg_catalog', 'information_schema', 'pg_toast'])
  AND n.nspname NOT LIKE 'pg\\_temp\\_%'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Bytes on disk, now. Waits for whoever holds one of the tables exclusively. */
export async function measureTables(client: Client, tables: readonly UserTable[]): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    'SELECT coalesce(sum(pg_catalog.pg_table_size(oid)), 0)::float8 AS bytes FROM pg_catalog.unnest($1::oid[]) AS oid',
    [tables.map(({ oid }) => oid)],
  );
  return rows[0]?.bytes ?? 0;
}

type Row = Omit<UserTable, 'oid'> & { readonly oid: string };

export async function listUserTables(client: Client): Promise<readonly UserTable[]> {
  const { rows } = await client.query<Row>(`${TABLES} ORDER BY 2, 3`);
  return rows.map((row) => ({ ...row, oid: Number(row.oid) }));
}

// A view leads to what it reads; a schema, or a table that others have a column of, to what CASCADE takes along.
const CLOSURE = `WITH RECURSIVE named(oid) AS (
  SELECT coalesce(i.indrelid, v.refobjid, c.oid) AS oid FROM pg_catalog.unnest($1) AS wish
    JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(wish)
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_depend v ON c.relkind = 'S' AND v.classid = 'pg_catalog.pg_class'::regclass AND v.objid = c.oid AND v.deptype IN ('a', 'i')
  UNION SELECT d.refobjid FROM named n JOIN pg_catalog.pg_class c ON c.oid = n.oid AND c.relkind = 'v'
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> c.oid
), ${goneWith(`SELECT 'pg_catalog.pg_class'::regclass::oid, oid, 0 FROM named
    UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass::oid, oid, 0 FROM pg_catalog.pg_namespace WHERE nspname = ANY ($2)`)}, ways(oid, also) AS (
  SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits UNION ALL SELECT inhrelid, inhparent FROM pg_catalog.pg_inherits
  UNION ALL SELECT confrelid, conrelid FROM pg_catalog.pg_constraint
    WHERE contype = 'f' AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd') OR $3 = 'all')
), family(oid) AS (
  SELECT objid FROM gone WHERE classid = 'pg_catalog.pg_class'::regclass UNION SELECT w.also FROM family f JOIN ways w USING (oid)
)
SELECT oid::int8::text AS oid FROM family
UNION SELECT k.conrelid::int8::text FROM pg_catalog.pg_constraint k JOIN family f ON k.confrelid = f.oid WHERE k.contype = 'f'`;

/** What a plan takes rows or values from, by name. */
export interface TouchedNames {
  readonly names: readonly ObjectName[];
  readonly schemas: readonly string[];
  /** TRUNCATE … CASCADE follows every foreign key, however long the chain; other statements those that hand changes on. */
  readonly isTruncation: boolean;
}

/**
 * The tables behind names in a script: of an index or an owned sequence its table, of a view those it reads, of a partition its whole
 * family, of a schema also those that lose a column with it; and the tables whose foreign keys point there, and on along the chain
 * where ON DELETE or ON UPDATE changes rows. Names that mean nothing yet are left out.
 */
export async function findTouched(client: Client, { names, schemas, isTruncation }: TouchedNames): Promise<readonly UserTable[]> {
  const { rows } = await client.query<{ oid: string }>(oneMessage(CLOSURE, [names.map(quoteName), schemas, isTruncation ? 'all' : '']));
  const oids = new Set(rows.map(({ oid }) => Number(oid)));
  return (await listUserTables(client)).filter(({ oid }) => oids.has(oid));
}

// Of a view the tables that it reads, of a table its partitions and children.
const REACHABLE = `WITH RECURSIVE reach(i, oid) AS (
  SELECT w.i, (SELECT coalesce(pg_catalog.to_regclass(nullif(n.name, pg_catalog.substring(n.name, '^[0-9]+$')))::oid, pg_catalog.substring(n.name, '^[0-9]+$')::oid) AS oid
    FROM pg_catalog.jsonb_array_elements_text(w.names) WITH ORDINALITY AS n(name, at)
    WHERE n.name ~ '^[0-9]+$' OR pg_catalog.to_regclass(n.name) IS NOT NULL ORDER BY n.at LIMIT 1)
  FROM pg_catalog.jsonb_array_elements($1::jsonb) WITH ORDINALITY AS w(names, i)
  UNION SELECT r.i, also.oid FROM reach r CROSS JOIN LATERAL (
    SELECT h.inhrelid AS oid FROM pg_catalog.pg_inherits h WHERE h.inhparent = r.oid
    UNION ALL SELECT d.refobjid FROM pg_catalog.pg_class v JOIN pg_catalog.pg_rewrite w ON w.ev_class = v.oid JOIN pg_catalog.pg_depend d
      ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> v.oid
      WHERE v.oid = r.oid AND v.relkind = 'v') also)
SELECT i::int, oid::int8::text AS oid FROM reach WHERE oid IS NOT NULL`;

/**
 * The oids of tables that each of the things may mean, with their partitions, their children and what a view reads.
 * @param things each by the names that it may have, of which the first that exists is meant, or by its oid
 */
export async function findReachable(client: Client, things: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
  if (things.length === 0) return [];
  const { rows } = await client.query<{ i: number; oid: string }>(oneMessage(REACHABLE, [JSON.stringify(things)]));
  return things.map((_, at) => rows.filter(({ i }) => i === at + 1).map(({ oid }) => oid));
}
