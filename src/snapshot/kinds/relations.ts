import { FROM_RELATION, fdwOptions, type Kinds, OF_TABLE, OWN_RELATION, own, RELATION, type Since, sorted, when, with_ } from './pieces.ts';

const REPLICA_IDENTITY = `CASE c.relreplident WHEN 'f' THEN ', replica identity full' WHEN 'n' THEN ', replica identity nothing' WHEN 'i' THEN ', replica identity using index '
      || coalesce((SELECT x.indexrelid::regclass::text FROM pg_index x WHERE x.indrelid = c.oid AND x.indisreplident), 'that is gone') ELSE '' END`;

const STORAGE_WORD = (column: string): string =>
  `CASE ${column} WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END`;

const ACCESS_METHOD = with_('using', `SELECT m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'`);

/** Tables and what they consist of. */
export const relationKinds = (_: Since): Kinds => ({
  table: `SELECT ${OF_TABLE}, ${RELATION} AS name, CASE c.relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) WHEN 'f' THEN 'foreign' ELSE 'plain' END
      || CASE WHEN c.relpersistence = 'u' THEN ', unlogged' ELSE '' END || coalesce(', partition ' || pg_get_expr(c.relpartbound, c.oid), '')
      || coalesce((SELECT ', child of ' || string_agg(h.inhparent::regclass::text || ${when('h.inhdetachpending', '(being detached)')}, ', ' ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = c.oid), '')
      || coalesce(', of type ' || format_type(nullif(c.reloftype, 0), NULL), '') || ${ACCESS_METHOD} || coalesce(', with ' || ${sorted('c.reloptions')}, '')
      || coalesce((SELECT ', toast with ' || ${sorted('t.reloptions')} FROM pg_class t WHERE t.oid = c.reltoastrelid), '')
      || CASE WHEN c.relrowsecurity THEN ', row security' ELSE '' END || CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END || ${REPLICA_IDENTITY}
      || coalesce((SELECT ', server ' || s.srvname || ${fdwOptions('f.ftoptions')} FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid), '') AS definition
    FROM ${FROM_RELATION} WHERE c.relkind IN ('r', 'p', 'f') AND ${OWN_RELATION}`,

  // Of a view only what was set on it: the rest follows from its query.
  column: `SELECT ${OF_TABLE}, ${RELATION} || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation::text ELSE '' END || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
      -- Of a partition it is the parent's from 17 on, and not there before.
      || CASE CASE WHEN c.relispartition THEN '' ELSE a.attidentity END WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END
      || coalesce(CASE WHEN a.attgenerated <> '' THEN ' generated as ' ELSE ' default ' END || pg_get_expr(d.adbin, d.adrelid) || CASE a.attgenerated WHEN 'v' THEN ' virtual' ELSE '' END, '')
      || CASE WHEN a.attstorage <> t.typstorage THEN ' storage ' || ${STORAGE_WORD('a.attstorage')} ELSE '' END || CASE a.attcompression WHEN 'p' THEN ' compression pglz' WHEN 'l' THEN ' compression lz4' ELSE '' END
      || ${with_('statistics', 'nullif(a.attstattarget, -1)')} || ${with_('with', sorted('a.attoptions'))} || ${fdwOptions('a.attfdwoptions')}
      || CASE WHEN a.attinhcount = 0 OR c.relispartition THEN '' WHEN a.attislocal THEN ' inherited and its own' ELSE ' inherited' END AS definition
    FROM ${FROM_RELATION} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE (c.relkind IN ('r', 'p', 'f', 'c') OR c.relkind IN ('v', 'm') AND (a.atthasdef OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL OR a.attcompression <> '' OR c.relkind = 'm' AND a.attstorage <> t.typstorage)) AND ${OWN_RELATION}`,

  constraint: `SELECT ${OF_TABLE}, ${RELATION} || '.' || k.conname AS name, pg_get_constraintdef(k.oid) || CASE WHEN k.coninhcount = 0 OR c.relispartition THEN '' WHEN k.conislocal THEN ' inherited and its own' ELSE ' inherited' END AS definition
    FROM pg_constraint k JOIN ${FROM_RELATION} ON c.oid = k.conrelid
    -- A trigger says its own. From 18 on NOT NULL is a constraint as well: the columns say it on every version, and this what only 18 has.
    WHERE k.contype <> 't' AND (k.contype <> 'n' OR NOT k.convalidated OR k.connoinherit OR k.conname !~ '_not_null[0-9]*$')
      -- One for each partition of the table that is referred to.
      AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid) AND ${OWN_RELATION}
    UNION ALL SELECT NULL, n.nspname || '.' || t.typname || '.' || k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE (k.contype <> 'n' OR k.conname !~ '_not_null[0-9]*$') AND ${own('n')} AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')`,

  index: `SELECT ${OF_TABLE}, n.nspname || '.' || i.relname AS name, pg_get_indexdef(i.oid) || ${when('NOT x.indisvalid', '(invalid)')} || ${when('NOT x.indisready', '(not ready)')} || ${when('NOT x.indislive', '(being dropped)')}
      || ${when('x.indisclustered', '(clustered on)')} || ${with_('(partition of', `SELECT h.inhparent::regclass::text || ')' FROM pg_inherits h WHERE h.inhrelid = i.oid`)}
      || ${with_('', `SELECT string_agg('statistics of column ' || a.attnum || ': ' || a.attstattarget, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget >= 0`)} AS definition
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN ${FROM_RELATION} ON c.oid = x.indrelid WHERE ${OWN_RELATION}`,

  sequence: `SELECT ${RELATION} AS name, format_type(s.seqtypid, NULL) || ' start ' || s.seqstart || ' by ' || s.seqincrement || ' min ' || s.seqmin || ' max ' || s.seqmax || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END
      || CASE WHEN s.seqcache <> 1 THEN ' cache ' || s.seqcache ELSE '' END || ${when("c.relpersistence = 'u'", 'unlogged')}
      || coalesce((SELECT CASE d.deptype WHEN 'i' THEN ', identity of ' ELSE ', of ' END || d.refobjid::regclass::text || '.' || a.attname FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')), '') AS definition
    FROM pg_sequence s JOIN ${FROM_RELATION} ON c.oid = s.seqrelid WHERE ${OWN_RELATION}`,

  view: `SELECT ${RELATION} AS name, CASE c.relkind WHEN 'm' THEN 'materialized ' ELSE '' END || coalesce('with ' || ${sorted('c.reloptions')} || ' ', '') || ${ACCESS_METHOD}
      || pg_get_viewdef(c.oid) || ${when('NOT c.relispopulated', 'with no data')} AS definition
    FROM ${FROM_RELATION} WHERE c.relkind IN ('v', 'm') AND ${OWN_RELATION}`,

  tablespace: `SELECT ${OF_TABLE}, ${RELATION} AS name, s.spcname AS definition FROM ${FROM_RELATION} JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE c.relkind <> 't' AND ${OWN_RELATION}`,

  statistics: `SELECT ${OF_TABLE}, x.stxnamespace::regnamespace::text || '.' || x.stxname AS name, pg_get_statisticsobjdef(x.oid) || ${with_('target', 'nullif(x.stxstattarget, -1)')} AS definition
    FROM pg_statistic_ext x JOIN ${FROM_RELATION} ON c.oid = x.stxrelid WHERE ${OWN_RELATION}`,
});
