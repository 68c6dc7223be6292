// Beside the statements that make objects: their parts, by which one can be led back to what it was.
import { FROM_RELATION, OWN_RELATION, type Since } from '../snapshot/kinds/pieces.ts';
import { KIND } from '../snapshot/statements/attached.ts';
import { RELATION } from '../snapshot/statements/pieces.ts';
import { COLLATE, identity, notNull, STORAGE, VALUE } from '../snapshot/statements/relations.ts';

// Catalogs whose objects have names, or at least an identity: the column, and that of the schema where the object is in one.
const NAMED: readonly (readonly [catalog: string, name: string, schema?: string])[] = [
  ['pg_class', 'relname', 'relnamespace'],
  ['pg_type', 'typname', 'typnamespace'],
  ['pg_proc', 'proname', 'pronamespace'],
  ['pg_constraint', 'conname'],
  ['pg_trigger', 'tgname'],
  ['pg_policy', 'polname'],
  ['pg_rewrite', 'rulename'],
  ['pg_namespace', 'nspname'],
  ['pg_collation', 'collname', 'collnamespace'],
  ['pg_conversion', 'conname', 'connamespace'],
  ['pg_operator', 'oprname', 'oprnamespace'],
  ['pg_opclass', 'opcname', 'opcnamespace'],
  ['pg_opfamily', 'opfname', 'opfnamespace'],
  ['pg_ts_config', 'cfgname', 'cfgnamespace'],
  ['pg_ts_dict', 'dictname', 'dictnamespace'],
  ['pg_ts_parser', 'prsname', 'prsnamespace'],
  ['pg_ts_template', 'tmplname', 'tmplnamespace'],
  ['pg_statistic_ext', 'stxname', 'stxnamespace'],
  ['pg_foreign_data_wrapper', 'fdwname'],
  ['pg_foreign_server', 'srvname'],
  ['pg_user_mapping', ''],
  ['pg_publication', 'pubname'],
  ['pg_publication_rel', ''],
  ['pg_subscription', 'subname'],
  ['pg_event_trigger', 'evtname'],
  ['pg_extension', 'extname', 'extnamespace'],
  ['pg_language', 'lanname'],
  ['pg_cast', ''],
  ['pg_transform', ''],
  ['pg_am', 'amname'],
];

export const NAMES = `SELECT x.class::text || ' ' || x.id AS key, ${KIND('i')} AS kind, upper(i.type) AS type, quote_ident(x.name) AS name, quote_ident(s.nspname) AS schema, i.identity
  FROM (${NAMED.map(([catalog, name, schema = '0::oid']) => `SELECT '${catalog}'::regclass AS class, c.oid AS id, ${name === '' ? "''" : `c.${name}::text`} AS name, ${schema === '0::oid' ? schema : `c.${schema}`} AS schema FROM ${catalog} c WHERE c.oid >= 16384`).join(' UNION ALL ')}) x
  LEFT JOIN pg_namespace s ON s.oid = x.schema CROSS JOIN LATERAL pg_identify_object(x.class, x.id, 0) i`;

/** Of tables and composite types. */
export const columnsFor = (since: Since): string =>
  `SELECT CASE c.relkind WHEN 'c' THEN 'pg_type ' || c.reltype ELSE 'pg_class ' || c.oid END AS key, a.attnum AS number, 'pg_class ' || c.oid || ' ' || a.attnum AS place, ${RELATION} AS relation, quote_ident(a.attname) AS name,
    format_type(a.atttypid, a.atttypmod) AS type, ${COLLATE} AS collate, ${VALUE(since)} AS value, ${identity(since)} AS identity, ${notNull(since)} AS "notNull",
    ${STORAGE} AS storage, CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'default' END AS compression, coalesce(a.attstattarget, -1)::int AS statistics, coalesce(to_json(a.attoptions), '[]') AS options,
    c.relkind = 'c' AS "isAttribute", a.attinhcount > 0 AS "isInherited", (SELECT quote_literal(l.enumlabel) FROM pg_enum l WHERE l.enumtypid = a.atttypid ORDER BY l.enumsortorder LIMIT 1) AS label, t.typcategory::text AS category
  FROM pg_attribute a JOIN ${FROM_RELATION} ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped AND ${OWN_RELATION} ORDER BY c.oid, a.attnum`;

const ofTables = (what: string, value: string, kinds = `'r', 'p', 'f'`): string =>
  `SELECT 'pg_class ' || c.oid AS key, '${what}' AS what, (${value})::text AS value FROM ${FROM_RELATION} WHERE c.relkind IN (${kinds}) AND ${OWN_RELATION}`;

/** What a table, a sequence, a domain or an enum is besides its parts; each can be set by itself. */
export const PROPERTIES = [
  ofTables('persistence', `CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END`, `'r', 'S'`),
  ofTables('row security', `CASE WHEN c.relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END`),
  ofTables('forced', `CASE WHEN c.relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END`),
  ofTables(
    'identity',
    `CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' WHEN 'i' THEN (SELECT 'USING INDEX ' || quote_ident(i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisreplident) ELSE 'DEFAULT' END`,
    `'r', 'p'`,
  ),
  ofTables('options', `coalesce(to_json(c.reloptions), '[]')`),
  ofTables('toast options', `coalesce((SELECT to_json(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid), '[]')`, `'r', 'm'`),
  ofTables(
    'parents',
    `coalesce((SELECT json_agg(quote_ident(m.nspname) || '.' || quote_ident(p.relname) ORDER BY h.inhseqno) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace m ON m.oid = p.relnamespace WHERE h.inhrelid = c.oid AND NOT c.relispartition), '[]')`,
    `'r', 'f'`,
  ),
  ofTables('access method', `SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam`, `'r', 'm'`),
  ofTables(
    'tablespace',
    `coalesce((SELECT quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace), 'pg_default')`,
    `'r', 'p', 'm'`,
  ),
  `SELECT 'pg_class ' || c.oid, 'counting', 'AS ' || format_type(s.seqtypid, NULL) || ' INCREMENT BY ' || s.seqincrement || ' MINVALUE ' || s.seqmin || ' MAXVALUE ' || s.seqmax || ' START WITH ' || s.seqstart || ' CACHE ' || s.seqcache || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE ' NO CYCLE' END FROM pg_sequence s JOIN ${FROM_RELATION} ON c.oid = s.seqrelid WHERE ${OWN_RELATION}`,
  `SELECT 'pg_class ' || f.ftrelid, 'foreign options', coalesce(to_json(f.ftoptions), '[]')::text FROM pg_foreign_table f`,
  `SELECT 'pg_foreign_server ' || f.oid, 'foreign options', coalesce(to_json(f.srvoptions), '[]')::text FROM pg_foreign_server f`,
  `SELECT 'pg_type ' || t.oid, 'default', t.typdefault FROM pg_type t WHERE t.typtype = 'd' AND t.oid >= 16384`,
  `SELECT 'pg_type ' || t.oid, 'not null', CASE WHEN t.typnotnull THEN 'SET' ELSE 'DROP' END FROM pg_type t WHERE t.typtype = 'd' AND t.oid >= 16384`,
  `SELECT 'pg_type ' || t.oid, 'labels', (SELECT json_agg(json_build_array(e.oid, quote_literal(e.enumlabel)) ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)::text FROM pg_type t WHERE t.typtype = 'e' AND t.oid >= 16384`,
].join(' UNION ALL ');

/** What needs a column, by itself or in a query; only this is in the way of the column. */
export const COLUMN_NEEDS = `SELECT DISTINCT CASE WHEN w.rulename = '_RETURN' THEN 'pg_class ' || w.ev_class ELSE d.classid::regclass::text || ' ' || d.objid END AS key, 'pg_class ' || d.refobjid || ' ' || d.refobjsubid AS place
  FROM pg_depend d LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.refobjid >= 16384 AND d.objid >= 16384 AND d.deptype IN ('n', 'a')`;
