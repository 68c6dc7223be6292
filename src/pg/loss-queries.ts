// Which tables and columns are there that a statement takes rows or values from. $1 is the names that the thing may have today: the first one that exists is meant.
import type { Droppable } from '../model/effects.ts';

export interface TableRow {
  readonly table: string;
  readonly oid: number;
}

export interface ColumnRow extends TableRow {
  readonly column: string;
  readonly type: string;
}

const KINDS = "c.relkind IN ('r', 'p', 'f')";
// What is deleted from a view goes from the tables below it.
const KINDS_OR_VIEW = "c.relkind IN ('r', 'p', 'f', 'v')";
const first = (find: 'to_regclass' | 'to_regtype' | 'to_regcollation'): string =>
  `(SELECT pg_catalog.${find}(name) FROM pg_catalog.unnest($1) WITH ORDINALITY AS w(name, i) WHERE pg_catalog.${find}(name) IS NOT NULL ORDER BY i LIMIT 1)::oid`;
const RELATION = first('to_regclass');

const TABLE_FACTS = 'SELECT c.oid::regclass::text AS table, c.oid FROM pg_catalog.pg_class c';
export const NAMED = `${TABLE_FACTS} WHERE c.oid = ${RELATION} AND ${KINDS_OR_VIEW}`;

/** As `below(oid)`: a relation and, where that is a view, what it reads. */
const BELOW = `below(oid) AS (SELECT ${RELATION} UNION SELECT d.refobjid FROM below b JOIN pg_catalog.pg_class v ON v.oid = b.oid AND v.relkind = 'v'
  JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> v.oid)`;
const emptied = (which: string): string => `emptied(oid) AS (SELECT oid FROM below
  UNION SELECT k.conrelid FROM pg_catalog.pg_constraint k JOIN emptied e ON k.confrelid = e.oid WHERE k.contype = 'f' AND ${which}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_class p WHERE p.oid = k.conrelid AND p.relispartition AND k.conparentid <> 0))`;
const emptiedWith = (which: string): string => `WITH RECURSIVE ${BELOW}, ${emptied(which)}
  ${TABLE_FACTS} JOIN emptied USING (oid) WHERE ${KINDS_OR_VIEW} AND (c.oid = ${RELATION} OR c.oid NOT IN (SELECT oid FROM below WHERE oid IS NOT NULL)) ORDER BY 1`;
const CASCADING = "k.confdeltype = 'c'";
/** What TRUNCATE … CASCADE and DELETE empty along with the table. */
export const EMPTIED = { referencing: emptiedWith('true'), cascading: emptiedWith(CASCADING) } as const;

const COLUMN_FACTS = `SELECT c.oid::regclass::text AS table, c.oid, a.attname::text AS column, format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid WHERE ${KINDS_OR_VIEW} AND a.attnum > 0 AND NOT a.attisdropped`;
export const COLUMN = `${COLUMN_FACTS} AND c.oid = ${RELATION} AND a.attname = ANY ($2)`;

/** ON DELETE SET NULL and SET DEFAULT: the rows stay, and what they refer to goes. */
export const UNSET_WITH = `WITH RECURSIVE ${BELOW}, ${emptied(CASCADING)} ${COLUMN_FACTS} AND EXISTS (
    SELECT FROM pg_catalog.pg_constraint k JOIN emptied e ON k.confrelid = e.oid WHERE k.contype = 'f' AND k.confdeltype IN ('n', 'd') AND k.conparentid = 0
      AND k.conrelid = c.oid AND a.attnum = ANY (k.conkey)) ORDER BY 1, a.attnum`;

/** ON UPDATE SET NULL and SET DEFAULT: what refers to a key that is overwritten; $2 is the names of its column. */
export const UNSET_BY_UPDATE = `WITH RECURSIVE ${BELOW} ${COLUMN_FACTS} AND EXISTS (
    SELECT FROM pg_catalog.pg_constraint k JOIN below b ON k.confrelid = b.oid JOIN pg_catalog.pg_attribute key ON key.attrelid = k.confrelid AND key.attnum = ANY (k.confkey)
    WHERE k.contype = 'f' AND k.confupdtype IN ('n', 'd') AND k.conparentid = 0 AND k.conrelid = c.oid AND a.attnum = ANY (k.conkey) AND key.attname = ANY ($2)) ORDER BY 1, a.attnum`;

// Arrays of a type and domains over it hold it as well.
export const OF_TYPE = `WITH RECURSIVE types(oid) AS (SELECT ${first('to_regtype')}
  UNION SELECT t.oid FROM pg_catalog.pg_type t JOIN types y ON t.typbasetype = y.oid OR (t.typelem = y.oid AND t.typcategory = 'A'))
  ${COLUMN_FACTS} AND ${KINDS} AND NOT c.relispartition AND a.atttypid IN (SELECT oid FROM types) ORDER BY 1, a.attnum`;

const ROOTS: Readonly<Record<Droppable, string>> = {
  table: `SELECT 'pg_catalog.pg_class'::regclass::oid, ${RELATION}, 0`,
  view: `SELECT 'pg_catalog.pg_class'::regclass::oid, ${RELATION}, 0`,
  type: `SELECT 'pg_catalog.pg_type'::regclass::oid, ${first('to_regtype')}, 0`,
  collation: `SELECT 'pg_catalog.pg_collation'::regclass::oid, ${first('to_regcollation')}, 0`,
  schema: "SELECT 'pg_catalog.pg_namespace'::regclass::oid, oid, 0 FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1)",
  extension: "SELECT 'pg_catalog.pg_extension'::regclass::oid, oid, 0 FROM pg_catalog.pg_extension WHERE extname = ANY ($1)",
};

/** Their names are looked up as they are; those of the others as SQL writes them. */
export const NAMED_BY_CATALOG: ReadonlySet<Droppable> = new Set<Droppable>(['schema', 'extension']);

/**
 * As `gone(classid, objid, objsubid)`: what CASCADE takes along, wherever it is (manual: catalog-pg-depend). What is internal to something
 * takes that along: the rule of a view its view, the expression of a generated column its column.
 */
export const goneWith = (
  roots: string,
): string => `gone(classid, objid, objsubid) AS (${roots} UNION SELECT along.classid, along.objid, along.objsubid
  FROM gone g CROSS JOIN LATERAL (
    SELECT d.classid, d.objid, d.objsubid FROM pg_catalog.pg_depend d
      WHERE d.refclassid = g.classid AND d.refobjid = g.objid AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
    UNION ALL SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_catalog.pg_depend d
      WHERE d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.objsubid AND d.deptype = 'i') along)`;
const IS_GONE = (table: string, column: string): string =>
  `EXISTS (SELECT FROM gone g WHERE g.classid = 'pg_catalog.pg_class'::regclass AND g.objid = ${table} AND g.objsubid = ${column})`;

/** Whole tables; the rows of partitions and children are counted with their parent's. */
export const droppedTables = (
  what: Droppable,
): string => `WITH RECURSIVE ${goneWith(ROOTS[what])} ${TABLE_FACTS} WHERE ${KINDS} AND ${IS_GONE('c.oid', '0')}
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid AND ${IS_GONE('h.inhparent', '0')}) ORDER BY 1`;

const columnsGoneWith = (roots: string): string => `WITH RECURSIVE ${goneWith(roots)} ${COLUMN_FACTS} AND ${KINDS}
  AND ${IS_GONE('c.oid', 'a.attnum')} AND NOT ${IS_GONE('c.oid', '0')} AND a.attinhcount = 0 ORDER BY 1, a.attnum`;

/** Columns of tables that stay. */
export const droppedColumns = (what: Droppable): string => columnsGoneWith(ROOTS[what]);
/** Of other tables, where a column is dropped with CASCADE; $2 is its names. */
export const HANGING_ON_COLUMN = columnsGoneWith(
  `SELECT 'pg_catalog.pg_class'::regclass::oid, a.attrelid, a.attnum::int FROM pg_catalog.pg_attribute a WHERE a.attrelid = ${RELATION} AND a.attname = ANY ($2)`,
);
