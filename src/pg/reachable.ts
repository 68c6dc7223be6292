import type { Client } from 'pg';
import { oneMessage } from './sql-text.ts';

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
