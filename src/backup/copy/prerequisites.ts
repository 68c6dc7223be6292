// What tables stand on: schemas, extensions, collations, types, functions, sequences.
import type { Client } from 'pg';
import { type Item, NAME_OF, queryItems } from './statement.ts';

/** Types of the columns, and what those are made of, innermost first. */
const TYPES = `WITH RECURSIVE used(oid, depth) AS (
  SELECT a.atttypid, 0 FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION SELECT parts.oid, u.depth + 1 FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid CROSS JOIN LATERAL (
    SELECT t.typelem AS oid WHERE t.typelem <> 0 UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
    UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) parts WHERE u.depth < 20
), own AS (
  SELECT t.*, max(u.depth) AS depth, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname) AS name
  FROM used u JOIN pg_catalog.pg_type t USING (oid) JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'c', 'r') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
  GROUP BY t.oid, n.nspname, t.typname, t.typnamespace, t.typowner
)`;

const TYPE_SQL = `SELECT name, '{}'::text[] AS tables, 'pg_catalog.to_regtype(' || pg_catalog.quote_literal(name) || ') IS NOT NULL' AS exists, CASE typtype
  WHEN 'e' THEN 'CREATE TYPE ' || name || ' AS ENUM (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = own.oid) || ');'
  WHEN 'd' THEN 'CREATE DOMAIN ' || name || ' AS ' || pg_catalog.format_type(typbasetype, typtypmod) || coalesce(' DEFAULT ' || typdefault, '') || CASE WHEN typcollation <> 0 AND typcollation <> (SELECT b.typcollation FROM pg_catalog.pg_type b WHERE b.oid = own.typbasetype) THEN ' COLLATE ' || typcollation::regcollation::text ELSE '' END
    || CASE WHEN typnotnull THEN ' NOT NULL' ELSE '' END || ';'
  -- A difference function of the user's own only makes indexes better, and would have to be there first.
  WHEN 'r' THEN (SELECT 'CREATE TYPE ' || name || ' AS RANGE (subtype = ' || pg_catalog.format_type(r.rngsubtype, NULL)
    || ', subtype_opclass = ' || pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(oc.opcname)
    || CASE WHEN r.rngcollation = 0 THEN '' ELSE ', collation = ' || r.rngcollation::regcollation::text END
    || CASE WHEN r.rngsubdiff <> 0 AND dn.nspname = 'pg_catalog' THEN ', subtype_diff = ' || r.rngsubdiff::regproc::text ELSE '' END
    || ', multirange_type_name = ' || r.rngmultitypid::regtype::text || ');'
    FROM pg_catalog.pg_range r JOIN pg_catalog.pg_opclass oc ON oc.oid = r.rngsubopc JOIN pg_catalog.pg_namespace cn ON cn.oid = oc.opcnamespace
    LEFT JOIN pg_catalog.pg_proc d ON d.oid = r.rngsubdiff LEFT JOIN pg_catalog.pg_namespace dn ON dn.oid = d.pronamespace WHERE r.rngtypid = own.oid)
  ELSE 'CREATE TYPE ' || name || ' AS (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(attname) || ' ' || pg_catalog.format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute WHERE attrelid = own.typrelid AND attnum > 0 AND NOT attisdropped) || ');'
  END AS sql FROM own WHERE typtype <> 'c' OR (SELECT relkind FROM pg_catalog.pg_class WHERE oid = own.typrelid) = 'c' ORDER BY depth DESC, name`;

const domainChecks = (
  isValidated: boolean,
): string => `${TYPES} SELECT pg_catalog.quote_ident(k.conname) || ' on ' || own.name AS name, ARRAY[own.name] AS tables, NULL AS exists,
  'ALTER DOMAIN ' || own.name || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid) || ';' AS sql
FROM own JOIN pg_catalog.pg_constraint k ON k.contypid = own.oid AND k.contype = 'c' AND k.convalidated = ${isValidated} ORDER BY 1`;

/** They come after the functions that they call, which may take the domain. */
const DOMAIN_CHECKS = domainChecks(true);
/** Values that are there may violate these: they come after the rows. */
export const DOMAIN_CHECKS_NOT_VALID = domainChecks(false);

/** Everything that columns, their types, defaults, constraints, indexes and triggers of the tables refer to. */
const REFERENCES = `${TYPES}, parts AS (
  SELECT 'pg_catalog.pg_class'::regclass AS classid, oid AS objid FROM pg_catalog.unnest($1::oid[]) AS oid
  UNION ALL SELECT 'pg_catalog.pg_class'::regclass, indexrelid FROM pg_catalog.pg_index WHERE indrelid = ANY ($1::oid[])
  UNION ALL SELECT 'pg_catalog.pg_trigger'::regclass, oid FROM pg_catalog.pg_trigger WHERE tgrelid = ANY ($1::oid[]) AND NOT tgisinternal
  UNION ALL SELECT 'pg_catalog.pg_attrdef'::regclass, oid FROM pg_catalog.pg_attrdef WHERE adrelid = ANY ($1::oid[])
  UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, oid FROM pg_catalog.pg_constraint WHERE conrelid = ANY ($1::oid[])
  UNION ALL SELECT 'pg_catalog.pg_policy'::regclass, oid FROM pg_catalog.pg_policy WHERE polrelid = ANY ($1::oid[])
  UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid FROM own
  UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, k.oid FROM own JOIN pg_catalog.pg_constraint k ON k.contypid = own.oid
), refs AS (SELECT DISTINCT d.refclassid, d.refobjid FROM parts JOIN pg_catalog.pg_depend d USING (classid, objid))`;

// IF NOT EXISTS asks for the privilege to make one all the same, which a migrator need not have.
const ifAbsent = (exists: string, name: string): string => `'${exists}' || pg_catalog.quote_literal(${name}) || ')'`;

/** Of the tables and of what they refer to. */
const SCHEMAS = `${REFERENCES}, used_schemas(oid) AS (
  SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = ANY ($1::oid[]) UNION SELECT typnamespace FROM own
  UNION SELECT o.nspoid FROM refs CROSS JOIN LATERAL (
    SELECT pronamespace AS nspoid FROM pg_catalog.pg_proc WHERE refs.refclassid = 'pg_catalog.pg_proc'::regclass AND oid = refs.refobjid
    UNION ALL SELECT collnamespace FROM pg_catalog.pg_collation WHERE refs.refclassid = 'pg_catalog.pg_collation'::regclass AND oid = refs.refobjid
    UNION ALL SELECT relnamespace FROM pg_catalog.pg_class WHERE refs.refclassid = 'pg_catalog.pg_class'::regclass AND oid = refs.refobjid AND relkind = 'S') o)
SELECT pg_catalog.quote_ident(n.nspname) AS name, '{}'::text[] AS tables, 'CREATE SCHEMA IF NOT EXISTS ' || pg_catalog.quote_ident(n.nspname) || ';' AS sql,
  ${ifAbsent('EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ', 'n.nspname')} AS exists
FROM pg_catalog.pg_namespace n WHERE n.oid IN (SELECT oid FROM used_schemas) AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`;

const EXTENSIONS = `${REFERENCES} SELECT DISTINCT e.extname AS name, '{}'::text[] AS tables,
  ${ifAbsent('EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = ', 'e.extname')} AS exists,
  'CREATE SCHEMA IF NOT EXISTS ' || pg_catalog.quote_ident(n.nspname) || '; CREATE EXTENSION IF NOT EXISTS ' || pg_catalog.quote_ident(e.extname) || ' WITH SCHEMA ' || pg_catalog.quote_ident(n.nspname) || ';' AS sql
FROM refs JOIN pg_catalog.pg_depend x ON x.classid = refs.refclassid AND x.objid = refs.refobjid AND x.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`;

// The locale has another name in each of 14, 15 and 17.
const COLLATIONS = `${REFERENCES}, collations AS (SELECT DISTINCT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(co.collname) AS name, pg_catalog.to_jsonb(co) AS its
  FROM refs JOIN pg_catalog.pg_collation co ON refs.refclassid = 'pg_catalog.pg_collation'::regclass AND refs.refobjid = co.oid JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema'))
SELECT name, '{}'::text[] AS tables, 'pg_catalog.to_regcollation(' || pg_catalog.quote_literal(name) || ') IS NOT NULL' AS exists,
  'CREATE COLLATION ' || name || ' (provider = ' || CASE its ->> 'collprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END
    || CASE its ->> 'collprovider' WHEN 'c' THEN ', lc_collate = ' || pg_catalog.quote_literal(its ->> 'collcollate') || ', lc_ctype = ' || pg_catalog.quote_literal(its ->> 'collctype')
      ELSE ', locale = ' || pg_catalog.quote_literal(coalesce(its ->> 'colllocale', its ->> 'colliculocale', its ->> 'collcollate')) END
    || CASE WHEN (its ->> 'collisdeterministic')::boolean THEN '' ELSE ', deterministic = false' END
    || coalesce(', rules = ' || pg_catalog.quote_literal(its ->> 'collicurules'), '') || ');' AS sql FROM collations ORDER BY 1`;

const FUNCTIONS = `${REFERENCES} SELECT p.oid::regprocedure::text AS name, '{}'::text[] AS tables, pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\\n') || ';' AS sql,
  'pg_catalog.to_regprocedure(' || pg_catalog.quote_literal(p.oid::regprocedure::text) || ') IS NOT NULL' AS exists
FROM refs JOIN pg_catalog.pg_proc p ON refs.refclassid = 'pg_catalog.pg_proc'::regclass AND refs.refobjid = p.oid JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'f' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = refs.refclassid AND x.objid = p.oid AND x.deptype = 'e') ORDER BY 1`;

/** Of serial columns and nextval defaults, and those that a column owns without them; those of identity columns come with their column. */
const SEQUENCES = `${REFERENCES} SELECT ${NAME_OF('c', 'n')} AS name, '{}'::text[] AS tables, 'pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME_OF('c', 'n')}) || ') IS NOT NULL' AS exists,
  'CREATE ' || CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END || 'SEQUENCE ' || ${NAME_OF('c', 'n')} || ' AS ' || pg_catalog.format_type(s.seqtypid, NULL) || ' START ' || s.seqstart || ' INCREMENT ' || s.seqincrement || ' MINVALUE ' || s.seqmin
    || ' MAXVALUE ' || s.seqmax || ' CACHE ' || s.seqcache || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END || ';' AS sql
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (EXISTS (SELECT FROM refs WHERE refs.refclassid = 'pg_catalog.pg_class'::regclass AND refs.refobjid = c.oid)
    OR EXISTS (SELECT FROM pg_catalog.pg_depend o WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = c.oid AND o.deptype = 'a' AND o.refobjid = ANY ($1::oid[])))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_class'::regclass AND i.objid = c.oid AND i.deptype = 'i') ORDER BY 1`;

/** Of sequences that belong to no column; one that was there and has counted since keeps its value. */
export const SHARED_SEQUENCE_VALUES = `${REFERENCES} SELECT DISTINCT ${NAME_OF('c', 'n')} AS name, '{}'::text[] AS tables,
  'pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME_OF('c', 'n')}) || ')) IS NOT NULL' AS exists,
  'SELECT pg_catalog.setval(' || pg_catalog.quote_literal(${NAME_OF('c', 'n')}) || ', ' || v.last_value || ');' AS sql
FROM refs JOIN pg_catalog.pg_class c ON refs.refclassid = 'pg_catalog.pg_class'::regclass AND refs.refobjid = c.oid AND c.relkind = 'S' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_sequences v ON v.schemaname = n.nspname AND v.sequencename = c.relname
WHERE v.last_value IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend o WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = c.oid AND o.deptype IN ('a', 'i')) ORDER BY 1`;

/** Statements to run before the tables are made, in order. */
export const describeNeeds = (client: Client, oids: readonly number[]): Promise<readonly Item[]> =>
  queryItems(
    client,
    [
      ['schema', SCHEMAS],
      ['extension', EXTENSIONS],
      ['collation', COLLATIONS],
      ['type', `${TYPES} ${TYPE_SQL}`],
      ['function', FUNCTIONS],
      ['domain check', DOMAIN_CHECKS],
      ['sequence', SEQUENCES],
    ],
    oids,
  );
