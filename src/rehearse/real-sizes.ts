import type { Client } from 'pg';

/** How many rows the tables of a database have, as its catalog says. */
export interface RealSizes {
  /** `staging` */
  readonly of: string;
  /** -1 where a table was never analysed. */
  readonly rows: ReadonlyMap<string, number>;
}

/** Of a partitioned table, all of its partitions. Reads no table. */
export async function readSizes(client: Client, of: string): Promise<RealSizes> {
  const { rows } = await client.query<{ name: string; rows: number }>(
    `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name,
       CASE WHEN pg_catalog.bool_or(l.reltuples < 0 AND pg_catalog.pg_relation_size(l.oid) > 0) THEN -1 ELSE pg_catalog.sum(greatest(l.reltuples, 0)) END::float8 AS rows
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.isleaf UNION SELECT c.oid WHERE c.relkind = 'r') part (oid)
     JOIN pg_catalog.pg_class l ON l.oid = part.oid
     WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 GROUP BY 1`,
  );
  return { of, rows: new Map(rows.map(({ name, rows }) => [name, rows])) };
}
