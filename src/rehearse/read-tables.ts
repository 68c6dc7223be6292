import type { Client } from 'pg';
import { literal } from '../pg/sql-text.ts';

export interface ColumnFacts {
  readonly name: string;
  /** As SQL writes it: `character varying(80)`. */
  readonly type: string;
  /** `pg_type.typcategory` of it, or of what a domain is based on. */
  readonly category: string;
  /** Of an array, the type of its elements. */
  readonly element: string | null;
  /** Longest text; null where there is no limit. */
  readonly length: number | null;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
  /** The server makes its values, and takes none. */
  readonly isGenerated: boolean;
  /** A sequence makes its values. */
  readonly isNumbered: boolean;
  readonly labels: readonly string[] | null;
  /** What its domain checks. */
  readonly domainChecks: string;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  readonly references: readonly string[];
  /** That compare what is referenced with what references it, with their schema. */
  readonly operators: readonly string[];
  /** ON DELETE CASCADE: its rows are a part of what they reference. */
  readonly cascades: boolean;
}

export interface TableName {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly primaryKey: readonly string[];
}

export interface TableFacts extends TableName {
  readonly columns: readonly ColumnFacts[];
  /** Columns and text of each. */
  readonly checks: readonly { readonly name: string; readonly columns: readonly string[]; readonly text: string }[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Columns of which a unique index is made, alone or with others, as they are or by what is computed of them. */
  readonly unique: readonly string[];
}

const names = (table: string, numbers: string): string =>
  `(SELECT pg_catalog.json_agg(a.attname ORDER BY u.at) FROM pg_catalog.unnest(${numbers}) WITH ORDINALITY u (number, at)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = ${table} AND a.attnum = u.number)`;

const NAME = `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)`;

const COLUMNS = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'category', coalesce(b.typcategory, t.typcategory), 'element', (SELECT pg_catalog.format_type(e.oid, NULL) FROM pg_catalog.pg_type e WHERE e.oid = coalesce(b.typelem, t.typelem) AND coalesce(b.typcategory, t.typcategory) = 'A'),
    'length', CASE WHEN coalesce(b.oid, t.oid) IN (1042, 1043) AND coalesce(nullif(t.typtypmod, -1), a.atttypmod) > 4 THEN coalesce(nullif(t.typtypmod, -1), a.atttypmod) - 4 WHEN coalesce(b.oid, t.oid) IN (1560, 1562) THEN greatest(a.atttypmod, 1) END,
    'isRequired', a.attnotnull OR t.typnotnull, 'hasDefault', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, 'isGenerated', a.attgenerated <> '' OR a.attidentity = 'a',
    'isNumbered', a.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false),
    'labels', (SELECT pg_catalog.json_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_catalog.pg_enum l WHERE l.enumtypid = coalesce(b.oid, t.oid)),
    'domainChecks', coalesce((SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ') FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid), '')) ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

const FACTS = `coalesce(${COLUMNS}, '[]') AS columns,
  coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'columns', coalesce(${names('k.conrelid', 'k.conkey')}, '[]'), 'text', pg_catalog.pg_get_constraintdef(k.oid)) ORDER BY k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'), '[]') AS checks,
  coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('columns', ${names('k.conrelid', 'k.conkey')}, 'table', (SELECT pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(f.relname)
      FROM pg_catalog.pg_class f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = k.confrelid), 'references', ${names('k.confrelid', 'k.confkey')}, 'cascades', k.confdeltype = 'c',
      'operators', (SELECT pg_catalog.json_agg('OPERATOR(' || pg_catalog.quote_ident(on_.nspname) || '.' || o.oprname || ')' ORDER BY u.at) FROM pg_catalog.unnest(k.conpfeqop) WITH ORDINALITY u (oid, at)
        JOIN pg_catalog.pg_operator o ON o.oid = u.oid JOIN pg_catalog.pg_namespace on_ ON on_.oid = o.oprnamespace)) ORDER BY k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0), '[]') AS "foreignKeys",
  coalesce((SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND EXISTS (SELECT FROM pg_catalog.pg_index x
      WHERE x.indrelid = c.oid AND x.indisunique AND (a.attnum = ANY (x.indkey::int2[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend u
        WHERE u.classid = 'pg_catalog.pg_class'::regclass AND u.objid = x.indexrelid AND u.refobjid = c.oid AND u.refobjsubid = a.attnum)))), '[]') AS "unique"`;

const KEY = `coalesce((SELECT ${names('x.indrelid', 'x.indkey::int2[]')} FROM pg_catalog.pg_index x WHERE x.indrelid = c.oid AND x.indisprimary), '[]') AS "primaryKey"`;

const TABLES = `FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')`;

/** Tables that hold rows of the project. @param isOurs names that are left out */
export async function listTables(client: Client, isOurs: (name: string) => boolean): Promise<readonly TableName[]> {
  const { rows } = await client.query<TableName>(`SELECT ${NAME} AS name, ${KEY} ${TABLES} ORDER BY 1`);
  return rows.filter(({ name }) => !isOurs(name));
}

/** Those of them that have fewer rows than so many, with all that a row of them depends on. */
export async function readTablesWithFew(client: Client, tables: readonly TableName[], most: number): Promise<readonly TableFacts[]> {
  if (tables.length === 0) return [];
  const counts = tables.map(
    ({ name }) => `SELECT ${literal(name)} AS name, (SELECT count(*) FROM (SELECT FROM ${name} LIMIT ${most}) few) AS n`,
  );
  const { rows: few } = await client.query<{ name: string }>(`SELECT name FROM (${counts.join(' UNION ALL ')}) counted WHERE n < ${most}`);
  return readTables(client, few);
}

/** All that a row of these tables depends on. */
export async function readTables(client: Client, tables: readonly { readonly name: string }[]): Promise<readonly TableFacts[]> {
  if (tables.length === 0) return [];
  const wanted = tables.map(({ name }) => literal(name)).join(', ');
  const { rows } = await client.query<TableFacts>(
    `SELECT ${NAME} AS name, ${FACTS}, ${KEY} ${TABLES} AND ${NAME} IN (${wanted}) ORDER BY 1`,
  );
  return rows;
}

/** Each behind those that it references, as far as that goes. */
export function inOrder(tables: readonly TableFacts[]): readonly TableFacts[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const sorted: TableFacts[] = [];
  const seen = new Set<string>();
  const visit = (table: TableFacts): void => {
    if (seen.has(table.name)) return;
    seen.add(table.name);
    for (const { table: parent } of table.foreignKeys) {
      const one = byName.get(parent);
      if (one) visit(one);
    }
    sorted.push(table);
  };
  for (const table of tables) visit(table);
  return sorted;
}
