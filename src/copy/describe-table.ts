import type { Client } from 'pg';
import { identifier, literal, qualified } from '../pg/quote.ts';
import type { UserTable } from '../pg/user-tables.ts';
import type { Item } from './item.ts';

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly not_null: boolean;
  readonly identity: '' | 'a' | 'd';
  readonly generated: '' | 's' | 'v';
  readonly default: string | null;
  readonly collation: string | null;
}

const COLUMNS = `SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null, a.attidentity AS identity,
  a.attgenerated AS generated, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS "default",
  CASE WHEN a.attcollation <> t.typcollation THEN pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname) END AS collation
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

export interface DescribedTable {
  readonly table: UserTable;
  /** Quoted. */
  readonly name: string;
  /** Columns that COPY reads and writes: generated ones are computed again. */
  readonly columns: readonly string[];
  readonly create: Item;
}

/** A table with its columns. Constraints, indexes and whatever else hangs on it come after its rows. */
export async function describeTable(client: Client, table: UserTable): Promise<DescribedTable> {
  const name = qualified(table.schema, table.name);
  const { rows } = await client.query<ColumnRow>(COLUMNS, [table.oid]);
  const extra = await client.query<{ partition: string | null; unlogged: boolean; options: string | null }>(
    `SELECT CASE WHEN relkind = 'p' THEN pg_catalog.pg_get_partkeydef(oid) END AS partition, relpersistence = 'u' AS unlogged,
       pg_catalog.array_to_string(reloptions, ', ') AS options FROM pg_catalog.pg_class WHERE oid = $1`,
    [table.oid],
  );
  const { partition, unlogged, options } = extra.rows[0] ?? { partition: null, unlogged: false, options: null };
  const tail = `${partition ? ` PARTITION BY ${partition}` : ''}${options ? ` WITH (${options})` : ''}`;
  const sql = `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE ${name} (\n${rows.map((row) => `  ${columnSql(row)}`).join(',\n')}\n)${tail};`;
  return {
    table,
    name,
    columns: rows.filter(({ generated }) => generated === '').map((row) => identifier(row.name)),
    create: { kind: 'table', name, tables: [name], sql, exists: `pg_catalog.to_regclass(${literal(name)}) IS NOT NULL` },
  };
}

function columnSql({ name, type, not_null, identity, generated, default: value, collation }: ColumnRow): string {
  const words = [identifier(name), type];
  if (collation) words.push(`COLLATE ${collation}`);
  if (generated !== '') words.push(`GENERATED ALWAYS AS (${value}) ${generated === 'v' ? 'VIRTUAL' : 'STORED'}`);
  else if (value !== null) words.push(`DEFAULT ${value}`);
  if (identity !== '') words.push(`GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`);
  if (not_null) words.push('NOT NULL');
  return words.join(' ');
}
