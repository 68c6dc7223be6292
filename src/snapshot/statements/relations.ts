import type { Since } from '../kinds/pieces.ts';
import { FROM_RELATION, OWN_RELATION, own } from '../kinds/pieces.ts';
import { flag, options, qualifiedIn, RELATION, reloptions, some, type Writers } from './pieces.ts';

export const STORAGE = `CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END`;

// What a sequence does anyway goes without saying. 20, 21 and 23 are bigint, smallint and integer.
const MOST = `CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END`;
const unless = (usual: string, sql: string): string => `CASE WHEN s.seqincrement > 0 AND ${usual} THEN '' ELSE ${sql} END`;
const COUNTING = `${unless('s.seqstart = s.seqmin', `' START WITH ' || s.seqstart`)} || ${unless('s.seqincrement = 1', `' INCREMENT BY ' || s.seqincrement`)} || ${unless('s.seqmin = 1', `' MINVALUE ' || s.seqmin`)}
    || ${unless(`s.seqmax = ${MOST}`, `' MAXVALUE ' || s.seqmax`)} || CASE WHEN s.seqcache = 1 THEN '' ELSE ' CACHE ' || s.seqcache END || ${flag('s.seqcycle', ' CYCLE')}`;

const NOT_USUAL_NAME = `CASE WHEN sc.relnamespace = c.relnamespace AND sc.relname = c.relname || '_' || a.attname || '_seq' THEN '' ELSE 'SEQUENCE NAME ' || ${qualifiedIn('sc.relnamespace', 'sc.relname')} END`;

const IDENTITY = `(SELECT ' GENERATED ' || CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END || ' AS IDENTITY' || coalesce(' (' || nullif(ltrim(${NOT_USUAL_NAME} || ${COUNTING}), '') || ')', '')
    FROM pg_depend o JOIN pg_sequence s ON s.seqrelid = o.objid JOIN pg_class sc ON sc.oid = o.objid WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype = 'i')`;

/** The usual names are no part of a picture either. */
export const nameOfNotNull = (name: string): string =>
  `CASE WHEN ${name} ~ '_not_null[0-9]*$' THEN '' ELSE ' CONSTRAINT ' || quote_ident(${name}) END`;

export const notNull = (since: Since): string =>
  since(
    18,
    `CASE WHEN NOT a.attnotnull THEN '' ELSE coalesce((SELECT CASE WHEN NOT k.convalidated THEN '' ELSE ${nameOfNotNull('k.conname')} || ' NOT NULL' || ${flag('k.connoinherit', ' NO INHERIT')} END
      FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]), ' NOT NULL') END`,
    flag('a.attnotnull', ' NOT NULL'),
  );

export const VALUE = (since: Since): string =>
  `coalesce(CASE a.attgenerated WHEN '' THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')' || ${since(18, `CASE a.attgenerated WHEN 'v' THEN ' VIRTUAL' ELSE ' STORED' END`, `' STORED'`)} END, '')`;

// From 17 on a partition has its parent's, and may bring none of its own.
export const identity = (since: Since): string =>
  `CASE WHEN a.attidentity = '' ${since(17, 'OR c.relispartition')} THEN '' ELSE coalesce(${IDENTITY}, '') END`;

export const COLLATE = `CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END`;

/** What CREATE says of a column itself: what only its parents say comes with them. */
const columns = (
  since: Since,
): string => `(SELECT string_agg('  ' || quote_ident(a.attname) || CASE WHEN c.reloftype <> 0 THEN ' WITH OPTIONS' ELSE ' ' || format_type(a.atttypid, a.atttypmod) || ${options('a.attfdwoptions')} || ${COLLATE} END
      || ${VALUE(since)} || ${identity(since)} || ${notNull(since)}, E',\\n' ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR c.relispartition OR a.attinhcount = 0)
      AND (c.reloftype = 0 OR a.atthasdef OR a.attnotnull))`;

const ONLY = `E'\\nALTER TABLE ONLY ' || ${RELATION}`;
const ALTER = `${ONLY} || ' ALTER COLUMN ' || quote_ident(a.attname)`;

const ownStatistics = 'coalesce(a.attstattarget, -1) >= 0';

/** What CREATE has no words for, or what a child has otherwise than its parents. */
const settings = `coalesce((SELECT string_agg(
      CASE WHEN a.attinhcount > 0 AND NOT a.attislocal AND NOT c.relispartition THEN coalesce(${ALTER} || ' SET DEFAULT ' || CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END || ';', '') || CASE WHEN a.attnotnull THEN ${ALTER} || ' SET NOT NULL;' ELSE '' END ELSE '' END
      || CASE WHEN a.attstorage <> t.typstorage THEN ${ALTER} || ' SET STORAGE ' || ${STORAGE} || ';' ELSE '' END
      || CASE a.attcompression WHEN 'p' THEN ${ALTER} || ' SET COMPRESSION pglz;' WHEN 'l' THEN ${ALTER} || ' SET COMPRESSION lz4;' ELSE '' END
      || CASE WHEN ${ownStatistics} THEN ${ALTER} || ' SET STATISTICS ' || a.attstattarget || ';' ELSE '' END
      || coalesce(${ALTER} || ' SET (' || ${reloptions('a.attoptions')} || ');', ''), '' ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')`;

const PARENTS = `(SELECT string_agg(${qualifiedIn('p.relnamespace', 'p.relname')}, ', ' ORDER BY h.inhseqno) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent WHERE h.inhrelid = c.oid AND NOT c.relispartition)`;

const ACCESS_METHOD = some(' USING ', `SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'`);
const TABLESPACE = some(' TABLESPACE ', 'SELECT quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace');
const WITH = `coalesce(' WITH (' || nullif(concat_ws(', ', ${reloptions('c.reloptions')}, (SELECT ${reloptions('t.reloptions', 'toast.')} FROM pg_class t WHERE t.oid = c.reltoastrelid)), '') || ')', '')`;
const FOREIGN = `coalesce((SELECT ' SERVER ' || quote_ident(s.srvname) || ${options('f.ftoptions')} FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid), '')`;

const CONSTRAINT = `'ALTER TABLE ' || CASE WHEN k.contype = 'f' OR k.contype = 'c' AND NOT k.connoinherit AND c.relkind <> 'p' THEN '' ELSE 'ONLY ' END || ${RELATION} || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) || ';'`;

/** Constraints of tables of some types. */
const constraints = (
  where: string,
): string => `SELECT 'pg_constraint'::regclass AS class, k.oid AS id, ${RELATION} || '.' || quote_ident(k.conname) AS name,
      ${CONSTRAINT} || CASE WHEN k.conindid <> 0 AND k.contype IN ('p', 'u', 'x') THEN (SELECT ${indexSettings('k.conindid')} FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid WHERE i.oid = k.conindid) ELSE '' END AS sql
    FROM pg_constraint k JOIN ${FROM_RELATION} ON c.oid = k.conrelid WHERE ${where} AND (k.conislocal OR c.relispartition) AND ${OWN_RELATION}`;

/** What hangs on an index `i`. */
const indexSettings = (
  oid: string,
): string => `CASE WHEN x.indisclustered THEN E'\\nALTER TABLE ' || ${RELATION} || ' CLUSTER ON ' || quote_ident(i.relname) || ';' ELSE '' END
      || CASE WHEN x.indisreplident AND c.relreplident = 'i' THEN ${ONLY} || ' REPLICA IDENTITY USING INDEX ' || quote_ident(i.relname) || ';' ELSE '' END
      || CASE WHEN i.reltablespace <> 0 THEN coalesce(E'\\nALTER INDEX ' || ${qualifiedIn('i.relnamespace', 'i.relname')} || (SELECT ' SET TABLESPACE ' || quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = i.reltablespace) || ';', '') ELSE '' END
      || coalesce((SELECT string_agg(E'\\nALTER INDEX ' || ${qualifiedIn('i.relnamespace', 'i.relname')} || ' ALTER COLUMN ' || a.attnum || ' SET STATISTICS ' || a.attstattarget || ';', '' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = ${oid} AND ${ownStatistics}), '')`;

const IS_OF_CONSTRAINT = `EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))`;

const REFRESH = `SELECT 'pg_statistic'::regclass AS class, c.oid AS id, ${RELATION} AS name, 'REFRESH MATERIALIZED VIEW ' || ${RELATION} || ';' AS sql
    FROM ${FROM_RELATION} WHERE c.relkind = 'm' AND c.relispopulated AND ${OWN_RELATION}`;
const CALLS = `EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_proc'::regclass WHERE r.ev_class = c.oid AND d.refobjid >= 16384)`;

/** Tables and what they consist of. */
export const relationWriters = (since: Since): Writers => ({
  table: `SELECT 'pg_class'::regclass AS class, c.oid AS id, ${RELATION} AS name,
      'CREATE ' || ${flag("c.relpersistence = 'u'", 'UNLOGGED ')} || ${flag("c.relkind = 'f'", 'FOREIGN ')} || 'TABLE ' || ${RELATION} || ${some(' OF ', 'format_type(nullif(c.reloftype, 0), NULL)')}
      || coalesce(E' (\\n' || ${columns(since)} || E'\\n)', CASE WHEN c.reloftype = 0 THEN ' ()' ELSE '' END) || ${some(' INHERITS (', PARENTS, ')')}
      || CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END || ${FOREIGN} || ${ACCESS_METHOD} || ${WITH} || ${TABLESPACE} || ';'
      || ${settings} || CASE WHEN c.relrowsecurity THEN E'\\nALTER TABLE ' || ${RELATION} || ' ENABLE ROW LEVEL SECURITY;' ELSE '' END || CASE WHEN c.relforcerowsecurity THEN E'\\nALTER TABLE ' || ${RELATION} || ' FORCE ROW LEVEL SECURITY;' ELSE '' END
      || CASE WHEN c.relkind = 'f' THEN '' WHEN c.relreplident = 'f' THEN ${ONLY} || ' REPLICA IDENTITY FULL;' WHEN c.relreplident = 'n' THEN ${ONLY} || ' REPLICA IDENTITY NOTHING;' ELSE '' END AS sql
    FROM ${FROM_RELATION} WHERE c.relkind IN ('r', 'p', 'f') AND ${OWN_RELATION}`,

  check: `${constraints(`(k.contype = 'c' OR k.contype = 'n' AND NOT k.convalidated)`)}`,

  // Before the tables: a column of the type may refuse it later.
  'domain check': `SELECT 'pg_constraint'::regclass AS class, k.oid AS id, t.oid::regtype::text || '.' || quote_ident(k.conname) AS name, 'ALTER DOMAIN ' || t.oid::regtype::text || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) || ';' AS sql
    FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE k.contype = 'c' AND ${own('n')} AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')`,

  key: constraints(`k.contype IN ('p', 'u', 'x')`),

  'foreign key': constraints(`k.contype = 'f' AND k.conparentid = 0`),

  // One that is called as its parent's comes with it.
  'foreign key of a partition': constraints(
    `k.contype = 'f' AND EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid <> k.conrelid AND p.conname <> k.conname)`,
  ),

  index: `SELECT 'pg_class'::regclass AS class, i.oid AS id, ${qualifiedIn('i.relnamespace', 'i.relname')} AS name,
      CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN pg_get_indexdef(i.oid) || ';' || ${indexSettings('i.oid')} END AS sql
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN ${FROM_RELATION} ON c.oid = x.indrelid WHERE NOT ${IS_OF_CONSTRAINT} AND ${OWN_RELATION}`,

  // Indexes and keys are there on both sides already, and find one another.
  attach: `SELECT 'pg_inherits'::regclass AS class, c.oid AS id, ${RELATION} AS name, 'ALTER TABLE ONLY ' || ${qualifiedIn('p.relnamespace', 'p.relname')} || ' ATTACH PARTITION ' || ${RELATION} || ' ' || pg_get_expr(c.relpartbound, c.oid) || ';' AS sql
    FROM pg_inherits h JOIN ${FROM_RELATION} ON c.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND ${OWN_RELATION}`,

  sequence: `SELECT 'pg_class'::regclass AS class, c.oid AS id, ${RELATION} AS name, 'CREATE ' || ${flag("c.relpersistence = 'u'", 'UNLOGGED ')} || 'SEQUENCE ' || ${RELATION} || ' AS ' || format_type(s.seqtypid, NULL) || ${COUNTING} || ';' AS sql
    FROM pg_sequence s JOIN ${FROM_RELATION} ON c.oid = s.seqrelid WHERE ${OWN_RELATION} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i' AND d.refobjsubid > 0)`,

  'owned by': `SELECT 'pg_sequence'::regclass AS class, c.oid AS id, ${RELATION} AS name, 'ALTER SEQUENCE ' || ${RELATION} || ' OWNED BY ' || d.refobjid::regclass::text || '.' || quote_ident(a.attname) || ';' AS sql
    FROM pg_depend d JOIN ${FROM_RELATION} ON c.oid = d.objid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND c.relkind = 'S' AND ${OWN_RELATION}`,

  view: `SELECT 'pg_class'::regclass AS class, c.oid AS id, ${RELATION} AS name, 'CREATE ' || ${flag("c.relkind = 'm'", 'MATERIALIZED ')} || 'VIEW ' || ${RELATION} || ${ACCESS_METHOD} || ${some(' WITH (', reloptions('c.reloptions'), ')')} || ${TABLESPACE} || E' AS\\n'
      || CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) ELSE rtrim(pg_get_viewdef(c.oid), ';') || E'\\n  WITH NO DATA;' END
      || coalesce((SELECT string_agg(E'\\nALTER VIEW ' || ${RELATION} || ' ALTER COLUMN ' || quote_ident(a.attname) || ' SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) || ';', '' ORDER BY a.attnum) FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid), '')
      || CASE c.relkind WHEN 'm' THEN replace(${settings}, 'ALTER TABLE ONLY', 'ALTER MATERIALIZED VIEW') ELSE '' END AS sql
    FROM ${FROM_RELATION} WHERE c.relkind IN ('v', 'm') AND ${OWN_RELATION}`,

  // Their queries run: everything that they may call is there by now.
  refresh: `${REFRESH} AND NOT ${CALLS}`,

  // What a function reads in a text of its own no catalog tells: that may be one of the others.
  'refresh by functions': `${REFRESH} AND ${CALLS}`,

  statistics: `SELECT 'pg_statistic_ext'::regclass AS class, x.oid AS id, ${qualifiedIn('x.stxnamespace', 'x.stxname')} AS name, pg_get_statisticsobjdef(x.oid) || ';'
      || CASE WHEN coalesce(x.stxstattarget, -1) >= 0 THEN E'\\nALTER STATISTICS ' || ${qualifiedIn('x.stxnamespace', 'x.stxname')} || ' SET STATISTICS ' || x.stxstattarget || ';' ELSE '' END AS sql
    FROM pg_statistic_ext x JOIN ${FROM_RELATION} ON c.oid = x.stxrelid WHERE ${OWN_RELATION}`,
});
