import type { Client } from 'pg';
import { readTables, type TableFacts } from '../rehearse/read-tables.ts';

/** A table as one side has it. */
export interface SideTable {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly isPartitioned: boolean;
  /** About. */
  readonly estimatedRows: number;
  /** Those that COPY takes: what is generated is computed again. */
  readonly columns: readonly string[];
  /** Why its rows cannot be read, or not all of them. */
  readonly obstacle: string | null;
}

const NAME = `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)`;

/** As of the last ANALYZE; where there was none, by its size. */
const rows = (table: string): string =>
  `CASE WHEN ${table}.reltuples > 0 THEN ${table}.reltuples ELSE pg_catalog.pg_relation_size(${table}.oid) / 100 END`;

// A policy that applies makes fewer rows of them, unless row_security is off, which refuses to read them at all.
const TABLES = `SELECT ${NAME} AS name, n.nspname AS schema, c.relname AS "table", c.relkind = 'p' AS "isPartitioned",
  CASE c.relkind WHEN 'p' THEN coalesce((SELECT sum(${rows('l')}) FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class l ON l.oid = t.relid WHERE t.isleaf), 0)
    ELSE ${rows('c')} END::float8 AS "estimatedRows",
  ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns,
  CASE WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN 'permission denied for schema ' || pg_catalog.quote_ident(n.nspname)
    WHEN NOT pg_catalog.has_any_column_privilege(c.oid, 'SELECT') THEN 'permission denied for table ' || ${NAME}
    WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'))
      THEN 'permission denied for column ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'))
    WHEN pg_catalog.row_security_active(c.oid) THEN 'row-level security hides rows of it from ' || pg_catalog.quote_ident(current_user) END AS obstacle
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e') ORDER BY 1`;

export async function listSide(client: Client, isOurs: (name: string) => boolean): Promise<readonly SideTable[]> {
  const { rows } = await client.query<SideTable>(TABLES);
  return rows.filter(({ name }) => !isOurs(name));
}

/** A table whose rows go from one side to the other. */
export interface Moved {
  readonly name: string;
  readonly isPartitioned: boolean;
  readonly estimatedRows: number;
  /** Those that both sides have. */
  readonly columns: readonly string[];
  readonly facts: TableFacts;
}

export interface Missing {
  readonly table: string;
  readonly why: string;
}

/** What can be copied, and what cannot. What only one side has is a matter of the schemas' difference. */
export async function pairSides(
  client: Client,
  source: readonly SideTable[],
  scratch: readonly SideTable[],
): Promise<{ readonly moved: readonly Moved[]; readonly missing: readonly Missing[] }> {
  const there = new Map(scratch.map((one) => [one.name, one]));
  const readable = source.filter(({ name, obstacle }) => obstacle === null && there.has(name));
  const facts = new Map((await readTables(client, readable)).map((one) => [one.name, one]));
  const moved = readable.flatMap(({ name, isPartitioned, estimatedRows, columns }): readonly Moved[] => {
    const its = facts.get(name);
    const common = columns.filter((column) => there.get(name)?.columns.includes(column));
    return its ? [{ name, isPartitioned, estimatedRows, columns: common, facts: its }] : [];
  });
  const unreadable = source.flatMap(({ name, obstacle }) => (obstacle === null ? [] : [{ table: name, why: obstacle }]));
  const unknown = source.filter((one) => one.obstacle === null && !there.has(one.name));
  return { moved, missing: [...unreadable, ...unknown.map(({ name }) => ({ table: name, why: 'no applied migration makes it' }))] };
}

/** As FROM reads it: with its partitions, and without children of the old kind, which are tables of their own. */
export const fromOf = ({ name, isPartitioned }: Pick<Moved, 'name' | 'isPartitioned'>): string => (isPartitioned ? name : `ONLY ${name}`);
