import type { Client } from 'pg';
import { identifier, literal, qualified } from '../../pg/sql-text.ts';
import type { UserTable } from '../../pg/user-tables.ts';
import type { Item } from './statement.ts';

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly not_null: string | null;
  readonly identity: '' | 'a' | 'd';
  /** How the sequence of an identity column counts. */
  readonly counting: string | null;
  readonly generated: '' | 's' | 'v';
  readonly default: string | null;
  readonly collation: string | null;
}

const COLUMNS = `SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, CASE WHEN NOT a.attnotnull THEN NULL WHEN own.oid IS NULL THEN 'NOT NULL' WHEN NOT own.convalidated THEN NULL
    ELSE 'CONSTRAINT ' || pg_catalog.quote_ident(own.conname) || ' NOT NULL' || CASE WHEN own.connoinherit THEN ' NO INHERIT' ELSE '' END END AS not_null,
  -- From 17 on a partition has its parent's, and may bring none of its own.
  CASE WHEN c.relispartition AND pg_catalog.current_setting('server_version_num')::int >= 170000 THEN '' ELSE a.attidentity END AS identity,
  (SELECT 'START WITH ' || s.seqstart || ' INCREMENT BY ' || s.seqincrement || ' MINVALUE ' || s.seqmin || ' MAXVALUE ' || s.seqmax || ' CACHE ' || s.seqcache || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END
    FROM pg_catalog.pg_depend o JOIN pg_catalog.pg_sequence s ON s.seqrelid = o.objid WHERE o.classid = 'pg_catalog.pg_class'::regclass
      AND o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype = 'i') AS counting,
  a.attgenerated AS generated, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS "default",
  CASE WHEN a.attcollation <> t.typcollation THEN pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname) END AS collation
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
-- From 18 on it has a name; one that is not validated comes after the rows.
LEFT JOIN pg_catalog.pg_constraint own ON own.conrelid = a.attrelid AND own.contype = 'n' AND own.conkey = ARRAY[a.attnum]
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
       nullif(pg_catalog.array_to_string(reloptions || ARRAY(SELECT 'toast.' || o FROM pg_catalog.pg_class t CROSS JOIN pg_catalog.unnest(t.reloptions) AS o
         WHERE t.oid = c.reltoastrelid), ', '), '') AS options FROM pg_catalog.pg_class c WHERE oid = $1`,
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

function columnSql({ name, type, not_null, identity, counting, generated, default: value, collation }: ColumnRow): string {
  const words = [identifier(name), type];
  if (collation) words.push(`COLLATE ${collation}`);
  if (generated !== '') words.push(`GENERATED ALWAYS AS (${value}) ${generated === 'v' ? 'VIRTUAL' : 'STORED'}`);
  else if (value !== null) words.push(`DEFAULT ${value}`);
  if (identity !== '')
    words.push(`GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${counting === null ? '' : ` (${counting})`}`);
  if (not_null) words.push(not_null);
  return words.join(' ');
}
