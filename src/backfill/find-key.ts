import type { Client } from 'pg';
import type { KeyColumn, WalkKey } from '../model/backfill.ts';
import type { ObjectName } from '../model/effects.ts';
import { askOne } from '../pg/ask.ts';
import { identifier, literal, qualified } from '../pg/sql-text.ts';

interface Row {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly rows: number;
  readonly parent: boolean;
  readonly keys: readonly { readonly primary: boolean; readonly columns: readonly KeyColumn[] }[] | null;
  readonly columns: readonly (KeyColumn & { readonly filled: boolean })[];
}

const sql = (table: ObjectName): string => `
SELECT nspname AS schema, relname AS name, relkind AS kind, relhassubclass AS parent, greatest(reltuples, pg_catalog.pg_stat_get_live_tuples(c.oid))::float8 AS rows,
  (SELECT json_agg(json_build_object('name', attname, 'type', pg_catalog.format_type(atttypid, atttypmod), 'filled', attnotnull) ORDER BY attnum)
     FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
  (SELECT json_agg(json_build_object('primary', indisprimary, 'columns', cols) ORDER BY indisprimary DESC, indnkeyatts, indexrelid) FROM pg_catalog.pg_index
     CROSS JOIN LATERAL (SELECT json_agg(json_build_object('name', attname, 'type', pg_catalog.format_type(atttypid, atttypmod)) ORDER BY k.at) AS cols, bool_and(attnotnull) AS filled, count(*) AS n
       FROM unnest(indkey::int2[]) WITH ORDINALITY k (number, at) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number WHERE k.at <= indnkeyatts) x
     WHERE indrelid = c.oid AND indisunique AND indisvalid AND indimmediate AND indpred IS NULL AND indexprs IS NULL AND x.filled AND x.n = indnkeyatts) AS keys
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
WHERE c.oid = pg_catalog.to_regclass(${literal(table.schema === undefined ? identifier(table.name) : qualified(table.schema, table.name))})`;

export type FoundKey = { readonly key: WalkKey } | { readonly problem: string };

/** The primary key, else a unique index on columns that are never NULL, else the pages; or what was asked for. */
export async function findKey(client: Client, table: ObjectName, along: readonly string[] | undefined): Promise<FoundKey> {
  const [row] = await askOne(client, { sql: sql(table), read: (rows) => rows as readonly Row[] });
  if (!row) return { problem: `there is no table ${table.name}` };
  if (row.kind !== 'r' && row.kind !== 'p') return { problem: `${row.name} is no table` };
  const found = { table: qualified(row.schema, row.name), ...(row.rows > 0 && { rows: row.rows }) };
  if (along) return chosen(row, along, found);
  const [first] = row.keys ?? [];
  if (first) return { key: { ...found, columns: first.columns } };
  // Each of its tables has pages of its own.
  if (row.kind === 'p' || row.parent) return { problem: `${row.name} consists of several tables and has no key to walk along` };
  return { key: { ...found, columns: [] } };
}

/** What together is unique: otherwise rows with an equal key could be passed over. */
function chosen(row: Row, along: readonly string[], found: Omit<WalkKey, 'columns'>): FoundKey {
  const columns = along.map((name) => row.columns.find((one) => one.name === name));
  const absent = along.find((_, i) => columns[i] === undefined);
  if (absent !== undefined) return { problem: `${row.name} has no column ${absent}` };
  // A comparison with NULL is never true, so such a row would be passed over.
  const isFilled = columns.every((one) => one?.filled);
  const isUnique = isFilled && (row.keys ?? []).some((key) => key.columns.every(({ name }) => along.includes(name)));
  if (!isUnique)
    return { problem: `${along.join(', ')} of ${row.name} together are not unique and never NULL; add the columns of a key behind them` };
  return { key: { ...found, columns: columns.flatMap((one) => (one ? [{ name: one.name, type: one.type }] : [])) } };
}
