import type { Client } from 'pg';
import type { ObjectName } from '../model/effects.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import type { TableName } from './read-tables.ts';

/** The relations that a migration names, or that nothing tells which it may touch. */
export type Touching = readonly ObjectName[] | 'any';

/** Where nothing tells which tables are touched, and there are more than these, none is measured. */
export const MOST_TABLES = 10;

/** Of the tables those that are meant: of an index its table, of a partition the whole. */
export async function findTouched(client: Client, tables: readonly TableName[], touching: Touching): Promise<readonly TableName[]> {
  if (touching === 'any') return tables.length > MOST_TABLES ? [] : tables;
  if (touching.length === 0) return [];
  const names = touching.map(({ schema, name }) => literal([...(schema ? [schema] : []), name].map(identifier).join('.')));
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
     FROM pg_catalog.unnest(ARRAY[${names.join(', ')}]) wanted (name)
     LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = pg_catalog.to_regclass(wanted.name)
     JOIN pg_catalog.pg_class t ON t.oid = coalesce(x.indrelid, pg_catalog.to_regclass(wanted.name))
     JOIN pg_catalog.pg_class c ON c.oid = CASE WHEN t.relispartition THEN pg_catalog.pg_partition_root(t.oid) ELSE t.oid END
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
  );
  return tables.filter(({ name }) => rows.some((row) => row.name === name));
}
