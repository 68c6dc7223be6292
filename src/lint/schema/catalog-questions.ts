// What the catalogs are asked (manual: catalogs), one row an object; nothing of the server's own, and nothing temporary.
import type { Question } from '../../pg/ask.ts';

const OWN = "nspname !~ '^pg_' AND nspname <> 'information_schema'";

const question = <T>(sql: string): Question<readonly T[]> => ({ sql, read: (rows) => rows as readonly T[] });

export interface RelationRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly is_default: boolean;
  readonly strategy: string | null;
  readonly key: readonly string[] | null;
  readonly is_published: boolean;
  readonly identity: string;
  readonly rows: string;
  readonly bytes: string | null;
  readonly reads: readonly { readonly oid: string; readonly columns: readonly string[] | null }[] | null;
}

/** What somebody has locked for himself is not asked how large it is, or what its expressions say: both would wait for him. */
const LOCKED =
  "SELECT relation FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND pid <> pg_catalog.pg_backend_pid()";

/** Rows as the server estimates them: by its last ANALYZE, or by what its counters have seen since. Bytes are unknown of what is locked. */
export const RELATIONS = question<RelationRow>(`
WITH RECURSIVE locked AS MATERIALIZED (${LOCKED}), leaf (root, oid) AS (
  SELECT oid, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'm')
  UNION ALL SELECT root, inhrelid FROM leaf JOIN pg_catalog.pg_inherits ON inhparent = leaf.oid JOIN pg_catalog.pg_class c ON c.oid = inhrelid AND relispartition),
sizes AS (
  SELECT root, coalesce(sum(greatest(reltuples, pg_catalog.pg_stat_get_live_tuples(c.oid), 0)), 0)::bigint AS rows,
    CASE WHEN bool_or(locked.relation IS NOT NULL) THEN NULL ELSE coalesce(sum(CASE WHEN locked.relation IS NULL THEN pg_catalog.pg_relation_size(c.oid) END), 0)::bigint END AS bytes
  FROM leaf JOIN pg_catalog.pg_class c ON c.oid = leaf.oid AND relkind IN ('r', 'm') JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace LEFT JOIN locked ON locked.relation = c.oid
  WHERE ${OWN} GROUP BY root)
SELECT c.oid::text, nspname AS schema, relname AS name, relkind::text AS kind,
  (SELECT inhparent::text FROM pg_catalog.pg_inherits i WHERE inhrelid = c.oid AND relispartition) AS parent,
  EXISTS (SELECT FROM pg_catalog.pg_partitioned_table WHERE partdefid = c.oid) AS is_default,
  p.partstrat::text AS strategy, relreplident::text AS identity,
  c.oid IN (SELECT f.relid FROM pg_catalog.pg_publication, LATERAL pg_catalog.pg_get_publication_tables(pubname::text) f) AS is_published,
  (SELECT array_agg(attname::text) FROM pg_catalog.pg_attribute a WHERE attrelid = c.oid AND attnum = ANY (p.partattrs::int2[])) AS key,
  coalesce(sizes.rows, 0)::text AS rows, CASE WHEN sizes.root IS NULL THEN '0' ELSE sizes.bytes::text END AS bytes,
  (SELECT json_agg(json_build_object('oid', refobjid::text, 'columns', columns)) FROM (
     SELECT refobjid, array_agg(DISTINCT attname::text) FILTER (WHERE attname IS NOT NULL) AS columns
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
       AND refclassid = 'pg_catalog.pg_class'::regclass AND refobjid <> c.oid
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = refobjid AND a.attnum = refobjsubid AND refobjsubid > 0
     WHERE ev_class = c.oid GROUP BY refobjid) found) AS reads
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
LEFT JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = c.oid LEFT JOIN sizes ON sizes.root = c.oid
WHERE ${OWN} AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')`);

export interface ColumnRow {
  readonly relation: string;
  readonly name: string;
  readonly type: string;
  readonly type_schema: string;
  readonly text: string;
  readonly is_array: boolean;
  readonly not_null: boolean;
  readonly has_default: boolean;
  readonly identity: boolean;
  readonly generated: boolean;
  readonly collation: string | null;
}

export const COLUMNS = question<ColumnRow>(`
SELECT attrelid::text AS relation, attname AS name, coalesce(e.typname, t.typname) AS type, tn.nspname AS type_schema,
  pg_catalog.format_type(coalesce(e.oid, t.oid), atttypmod) AS text, e.oid IS NOT NULL AS is_array, attnotnull AS not_null, atthasdef AS has_default,
  attidentity <> '' AS identity, attgenerated <> '' AS generated, collname AS collation
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = attrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
JOIN pg_catalog.pg_type t ON t.oid = atttypid LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
JOIN pg_catalog.pg_namespace tn ON tn.oid = coalesce(e.typnamespace, t.typnamespace)
LEFT JOIN pg_catalog.pg_collation co ON co.oid = attcollation
WHERE ${OWN.replaceAll('nspname', 'n.nspname')} AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY attrelid, attnum`);

export interface ConstraintRow {
  readonly relation: string;
  readonly name: string;
  readonly kind: string;
  readonly columns: readonly string[] | null;
  readonly valid: boolean;
  readonly expression: string | null;
  readonly target: string | null;
  readonly target_columns: readonly string[] | null;
}

const names = (numbers: string, relation: string): string =>
  `(SELECT array_agg(attname::text ORDER BY array_position(${numbers}, attnum)) FROM pg_catalog.pg_attribute WHERE attrelid = ${relation} AND attnum = ANY (${numbers}))`;

export const CONSTRAINTS = question<ConstraintRow>(`
SELECT conrelid::text AS relation, conname AS name, contype::text AS kind, ${names('conkey', 'conrelid')} AS columns, convalidated AS valid,
  CASE WHEN conrelid NOT IN (${LOCKED}) THEN pg_catalog.pg_get_expr(conbin, conrelid) END AS expression, nullif(confrelid, 0)::text AS target, ${names('confkey', 'confrelid')} AS target_columns
FROM pg_catalog.pg_constraint JOIN pg_catalog.pg_class c ON c.oid = conrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
WHERE ${OWN} AND contype IN ('c', 'f', 'u', 'p', 'x', 'n')`);

export interface IndexRow {
  readonly relation: string;
  readonly oid: string;
  readonly name: string;
  readonly columns: readonly (string | null)[];
  readonly is_unique: boolean;
  readonly valid: boolean;
  readonly plain: boolean;
  readonly reads: readonly string[];
  readonly of_constraint: string | null;
}

export const INDEXES = question<IndexRow>(`
SELECT indrelid::text AS relation, i.indexrelid::text AS oid, ic.relname AS name,
  ARRAY(SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY k (number, at) LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = indrelid AND a.attnum = k.number AND k.number > 0 WHERE k.at <= indnkeyatts ORDER BY k.at) AS columns,
  indisunique AS is_unique, indisvalid AS valid, indpred IS NULL AND indexprs IS NULL AS plain,
  CASE WHEN indpred IS NULL AND indexprs IS NULL THEN '{}' ELSE ARRAY(SELECT attname::text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid AND d.refobjid = indrelid AND d.refobjsubid > 0 AND NOT d.refobjsubid = ANY (indkey::int2[]) ORDER BY 1) END AS reads,
  (SELECT conname FROM pg_catalog.pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x') LIMIT 1) AS of_constraint
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = ic.relnamespace WHERE ${OWN}`);

export interface TypeRow {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly constrained: boolean;
  readonly base: string | null;
}

export const TYPES = question<TypeRow>(`
SELECT nspname AS schema, typname AS name, typtype::text AS kind,
  typnotnull OR EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contypid = t.oid) AS constrained, pg_catalog.format_type(nullif(typbasetype, 0), typtypmod) AS base
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace WHERE ${OWN} AND typtype IN ('d', 'e')`);

export interface FunctionRow {
  readonly schema: string;
  readonly name: string;
  readonly volatility: string;
  /** Of one that a body can be read of, and that no extension brought. */
  readonly definition: string | null;
}

export const FUNCTIONS = question<FunctionRow>(`
SELECT nspname AS schema, proname AS name, max(CASE provolatile WHEN 'v' THEN '3volatile' WHEN 's' THEN '2stable' ELSE '1immutable' END) AS volatility,
  max(CASE WHEN prokind IN ('f', 'p') AND lanname IN ('sql', 'plpgsql') AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND objid = p.oid AND deptype = 'e')
    THEN pg_catalog.pg_get_functiondef(p.oid) END) AS definition
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace JOIN pg_catalog.pg_language l ON l.oid = prolang WHERE ${OWN} GROUP BY 1, 2`);

export const SETTINGS = question<{ readonly path: readonly string[]; readonly zone: string }>(
  "SELECT pg_catalog.current_schemas(false)::text[] AS path, pg_catalog.current_setting('TimeZone') AS zone",
);
