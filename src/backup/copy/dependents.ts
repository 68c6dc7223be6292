// What hangs on tables: partitions, sequences' values, constraints, indexes, triggers, policies, settings, comments, grants.
import type { Client } from 'pg';
import { DOMAIN_CHECKS_NOT_VALID, SHARED_SEQUENCE_VALUES } from './prerequisites.ts';
import { type Item, NAME_OF, type Queries, queryItems } from './statement.ts';

const TABLE = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
const NAME = NAME_OF('c', 'n');
const OF_TABLE = `ARRAY[${NAME}] AS tables`;

// From the top down: from 17 on each gets its identity columns from the one above.
const ATTACH = `SELECT ${NAME} AS name, ARRAY[${NAME}, ${NAME_OF('p', 'pn')}] AS tables,
  'EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME}) || '))' AS exists,
  'ALTER TABLE ONLY ' || CASE WHEN c.relispartition THEN ${NAME_OF('p', 'pn')} || ' ATTACH PARTITION ' || ${NAME} || ' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid)
    ELSE ${NAME} || ' INHERIT ' || ${NAME_OF('p', 'pn')} END || ';' AS sql
FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND p.oid = ANY ($1::oid[])
ORDER BY (SELECT count(*) FROM pg_catalog.pg_partition_ancestors(c.oid)), h.inhseqno, 1`;

/** A sequence is found by its column, as one of an identity column may get another name. */
const SEQUENCE_VALUES = `SELECT ${NAME_OF('s', 'sn')} AS name, ${OF_TABLE}, NULL AS exists,
  'SELECT pg_catalog.setval(' || CASE WHEN d.deptype = 'i' THEN 'pg_catalog.pg_get_serial_sequence(' || pg_catalog.quote_literal(${NAME}) || ', ' || pg_catalog.quote_literal(a.attname) || ')'
    ELSE pg_catalog.quote_literal(${NAME_OF('s', 'sn')}) END || ', ' || coalesce(v.last_value, v.start_value) || ', ' || (v.last_value IS NOT NULL) || ');'
    || CASE WHEN d.deptype = 'a' THEN ' ALTER SEQUENCE ' || ${NAME_OF('s', 'sn')} || ' OWNED BY ' || ${NAME} || '.' || pg_catalog.quote_ident(a.attname) || ';' ELSE '' END AS sql
FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON d.classid = 'pg_catalog.pg_class'::regclass AND s.oid = d.objid AND s.relkind = 'S'
JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace JOIN ${TABLE} ON c.oid = d.refobjid
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
JOIN pg_catalog.pg_sequences v ON v.schemaname = sn.nspname AND v.sequencename = s.relname
WHERE d.refobjid = ANY ($1::oid[]) AND d.deptype IN ('a', 'i') ORDER BY 1`;

/** Keys first, foreign keys last. Those of partitions come with their parent's. */
const CONSTRAINTS = `SELECT pg_catalog.quote_ident(k.conname) || ' on ' || ${NAME} AS name,
  CASE WHEN k.confrelid = 0 THEN ARRAY[${NAME}] ELSE ARRAY[${NAME}, (SELECT ${NAME_OF('f', 'fn')} FROM pg_catalog.pg_class f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = k.confrelid)] END AS tables,
  'EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME}) || ') AND conname = ' || pg_catalog.quote_literal(k.conname) || ')' AS exists,
  'ALTER TABLE ' || ${NAME} || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid) || ';' AS sql
FROM pg_catalog.pg_constraint k JOIN ${TABLE} ON c.oid = k.conrelid
WHERE (k.conrelid = ANY ($1::oid[]) OR k.confrelid = ANY ($1::oid[])) AND (k.contype IN ('p', 'u', 'x', 'c', 'f') OR k.contype = 'n' AND NOT k.convalidated) AND k.conparentid = 0 AND k.conislocal
ORDER BY pg_catalog.array_position(ARRAY['n', 'p', 'u', 'x', 'c', 'f']::"char"[], k.contype), 1`;

const INDEXES = `SELECT ${NAME_OF('i', 'n')} AS name, ${OF_TABLE}, 'pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME_OF('i', 'n')}) || ') IS NOT NULL' AS exists,
  -- Of a partitioned table it says ON ONLY, which would leave the partitions without.
  CASE i.relkind WHEN 'I' THEN pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.oid), ' ON ONLY ', ' ON ') ELSE pg_catalog.pg_get_indexdef(i.oid) END || ';' AS sql
FROM pg_catalog.pg_index x JOIN ${TABLE} ON c.oid = x.indrelid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = ANY ($1::oid[]) AND x.indisvalid AND NOT i.relispartition
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')) ORDER BY 1`;

const TRIGGERS = `SELECT pg_catalog.quote_ident(t.tgname) || ' on ' || ${NAME} AS name, ${OF_TABLE},
  'EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME}) || ') AND tgname = ' || pg_catalog.quote_literal(t.tgname) || ')' AS exists,
  pg_catalog.pg_get_triggerdef(t.oid) || ';' || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' ALTER TABLE ' || ${NAME} || CASE t.tgenabled WHEN 'D' THEN ' DISABLE' WHEN 'A' THEN ' ENABLE ALWAYS' ELSE ' ENABLE REPLICA' END
    || ' TRIGGER ' || pg_catalog.quote_ident(t.tgname) || ';' END AS sql
FROM pg_catalog.pg_trigger t JOIN ${TABLE} ON c.oid = t.tgrelid WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal AND t.tgparentid = 0 ORDER BY 1`;

const ROW_SECURITY = `SELECT ${NAME} AS name, ${OF_TABLE}, NULL AS exists,
  'ALTER TABLE ' || ${NAME} || ' ENABLE ROW LEVEL SECURITY;' || CASE WHEN c.relforcerowsecurity THEN ' ALTER TABLE ' || ${NAME} || ' FORCE ROW LEVEL SECURITY;' ELSE '' END AS sql
FROM ${TABLE} WHERE c.oid = ANY ($1::oid[]) AND c.relrowsecurity ORDER BY 1`;

const POLICIES = `SELECT pg_catalog.quote_ident(p.polname) || ' on ' || ${NAME} AS name, ${OF_TABLE},
  'EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME}) || ') AND polname = ' || pg_catalog.quote_literal(p.polname) || ')' AS exists,
  'CREATE POLICY ' || pg_catalog.quote_ident(p.polname) || ' ON ' || ${NAME} || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
    || ' FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
    || ' TO ' || (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END, ', ') FROM pg_catalog.unnest(p.polroles) AS r)
    || coalesce(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '') || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') || ';' AS sql
FROM pg_catalog.pg_policy p JOIN ${TABLE} ON c.oid = p.polrelid WHERE p.polrelid = ANY ($1::oid[]) ORDER BY 1`;

const comment = (catalog: string, oid: string): string =>
  `pg_catalog.pg_description d ON d.classoid = 'pg_catalog.${catalog}'::regclass AND d.objoid = ${oid}`;
const IS = "' IS ' || pg_catalog.quote_literal(d.description) || ';'";
const COMMENTS = `SELECT ${NAME} || coalesce('.' || a.attname, '') AS name, ${OF_TABLE}, NULL AS exists,
  'COMMENT ON ' || CASE WHEN d.objsubid = 0 THEN 'TABLE ' || ${NAME} ELSE 'COLUMN ' || ${NAME} || '.' || pg_catalog.quote_ident(a.attname) END || ${IS} AS sql
FROM ${TABLE} JOIN ${comment('pg_class', 'c.oid')}
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE c.oid = ANY ($1::oid[])
UNION ALL SELECT pg_catalog.quote_ident(k.conname) || ' on ' || ${NAME}, ${OF_TABLE}, NULL, 'COMMENT ON CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ON ' || ${NAME} || ${IS}
FROM ${TABLE} JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid JOIN ${comment('pg_constraint', 'k.oid')} WHERE c.oid = ANY ($1::oid[])
UNION ALL SELECT pg_catalog.quote_ident(t.tgname) || ' on ' || ${NAME}, ${OF_TABLE}, NULL, 'COMMENT ON TRIGGER ' || pg_catalog.quote_ident(t.tgname) || ' ON ' || ${NAME} || ${IS}
FROM ${TABLE} JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid JOIN ${comment('pg_trigger', 't.oid')} WHERE c.oid = ANY ($1::oid[])
UNION ALL SELECT pg_catalog.quote_ident(p.polname) || ' on ' || ${NAME}, ${OF_TABLE}, NULL, 'COMMENT ON POLICY ' || pg_catalog.quote_ident(p.polname) || ' ON ' || ${NAME} || ${IS}
FROM ${TABLE} JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid JOIN ${comment('pg_policy', 'p.oid')} WHERE c.oid = ANY ($1::oid[])
UNION ALL SELECT ${NAME_OF('i', 'n')}, ${OF_TABLE}, NULL, 'COMMENT ON INDEX ' || ${NAME_OF('i', 'n')} || ${IS}
FROM ${TABLE} JOIN pg_catalog.pg_index x ON x.indrelid = c.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN ${comment('pg_class', 'i.oid')} WHERE c.oid = ANY ($1::oid[]) ORDER BY 1`;

const ALTER_COLUMN = `'ALTER TABLE ONLY ' || ${NAME} || ' ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) || ' SET '`;
const columnSetting = (what: string, value: string, condition: string): string =>
  `SELECT ${NAME} || '.' || a.attname || ' ${what}', ${OF_TABLE}, NULL, ${ALTER_COLUMN} || '${what} ' || ${value} || ';' FROM ${TABLE} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE c.oid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND ${condition}`;
const SETTINGS = `SELECT ${NAME} || ' replica identity' AS name, ${OF_TABLE}, NULL AS exists,
  'ALTER TABLE ' || ${NAME} || ' REPLICA IDENTITY ' || CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || pg_catalog.quote_ident(i.relname) END || ';' AS sql
FROM ${TABLE} LEFT JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisreplident LEFT JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
WHERE c.oid = ANY ($1::oid[]) AND (c.relreplident IN ('f', 'n') OR i.oid IS NOT NULL)
UNION ALL ${columnSetting('STORAGE', "CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END", 'a.attstorage <> t.typstorage')}
UNION ALL ${columnSetting('COMPRESSION', "CASE a.attcompression WHEN 'l' THEN 'lz4' ELSE 'pglz' END", "a.attcompression <> ''")}
UNION ALL ${columnSetting('STATISTICS', 'a.attstattarget', 'a.attstattarget >= 0')}
UNION ALL ${columnSetting('', "'(' || pg_catalog.array_to_string(a.attoptions, ', ') || ')'", 'a.attoptions IS NOT NULL')}
UNION ALL SELECT ${NAME} || ' cluster', ${OF_TABLE}, NULL, 'ALTER TABLE ' || ${NAME} || ' CLUSTER ON ' || pg_catalog.quote_ident(i.relname) || ';'
FROM ${TABLE} JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisclustered JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid WHERE c.oid = ANY ($1::oid[])
UNION ALL SELECT ${NAME_OF('i', 'n')} || ' STATISTICS', ${OF_TABLE}, NULL, 'ALTER INDEX ' || ${NAME_OF('i', 'n')} || ' ALTER COLUMN ' || a.attnum || ' SET STATISTICS ' || a.attstattarget || ';'
FROM ${TABLE} JOIN pg_catalog.pg_index x ON x.indrelid = c.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_attribute a ON a.attrelid = i.oid AND a.attstattarget >= 0 WHERE c.oid = ANY ($1::oid[]) ORDER BY 1`;

/** What CREATE STATISTICS made. */
const STATISTICS = `SELECT x.stxnamespace::regnamespace::text || '.' || pg_catalog.quote_ident(x.stxname) AS name, ${OF_TABLE},
  'EXISTS (SELECT FROM pg_catalog.pg_statistic_ext WHERE stxrelid = pg_catalog.to_regclass(' || pg_catalog.quote_literal(${NAME}) || ') AND stxname = ' || pg_catalog.quote_literal(x.stxname) || ')' AS exists,
  pg_catalog.pg_get_statisticsobjdef(x.oid) || ';' || CASE WHEN x.stxstattarget >= 0 THEN ' ALTER STATISTICS ' || x.stxnamespace::regnamespace::text || '.' || pg_catalog.quote_ident(x.stxname) || ' SET STATISTICS ' || x.stxstattarget || ';' ELSE '' END
    || coalesce((SELECT ' COMMENT ON STATISTICS ' || x.stxnamespace::regnamespace::text || '.' || pg_catalog.quote_ident(x.stxname) || ${IS} FROM ${comment('pg_statistic_ext', 'x.oid').replace(' ON ', ' WHERE ')}), '') AS sql
FROM pg_catalog.pg_statistic_ext x JOIN ${TABLE} ON c.oid = x.stxrelid WHERE x.stxrelid = ANY ($1::oid[]) ORDER BY 1`;

/** Of sequences too: whoever may insert has to be able to number. */
const GRANTS = `SELECT ${NAME} || ' to ' || coalesce(r.rolname, 'PUBLIC') AS name, ${OF_TABLE}, NULL AS exists,
  'GRANT ' || pg_catalog.string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type) || ' ON TABLE ' || ${NAME} || ' TO ' || coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC') || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END || ';' AS sql
FROM ${TABLE} CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) g LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee
WHERE c.oid = ANY ($1::oid[]) AND g.grantee <> c.relowner GROUP BY c.relname, n.nspname, r.rolname, g.is_grantable
UNION ALL SELECT ${NAME_OF('s', 'sn')} || ' to ' || coalesce(r.rolname, 'PUBLIC'), ${OF_TABLE}, NULL,
  'GRANT ' || g.privilege_type || ' ON SEQUENCE ' || ${NAME_OF('s', 'sn')} || ' TO ' || coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC') || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END || ';'
FROM pg_catalog.pg_depend d JOIN ${TABLE} ON c.oid = d.refobjid JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
CROSS JOIN LATERAL pg_catalog.aclexplode(s.relacl) g LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee
WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refobjid = ANY ($1::oid[]) AND d.deptype = 'a' AND g.grantee <> s.relowner
UNION ALL SELECT ${NAME} || ' owner', ${OF_TABLE}, NULL, 'ALTER TABLE ' || ${NAME} || ' OWNER TO ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) || ';'
FROM ${TABLE} WHERE c.oid = ANY ($1::oid[]) ORDER BY 1`;

/** Puts partitions and children in their places, before rows arrive. */
export const describeFamilies = (client: Client, oids: readonly number[]): Promise<readonly Item[]> =>
  queryItems(client, [['attach', ATTACH]], oids);

const AFTER_ROWS: Queries = [
  ['sequence value', SEQUENCE_VALUES],
  ['sequence value', SHARED_SEQUENCE_VALUES],
  ['domain check', DOMAIN_CHECKS_NOT_VALID],
  ['constraint', CONSTRAINTS],
  ['index', INDEXES],
  ['trigger', TRIGGERS],
  ['row security', ROW_SECURITY],
  ['policy', POLICIES],
  ['statistics', STATISTICS],
  ['setting', SETTINGS],
  ['comment', COMMENTS],
  ['grant', GRANTS],
];

/** Statements to run after the rows are there, in order. */
export const describeAttachments = (client: Client, oids: readonly number[]): Promise<readonly Item[]> =>
  queryItems(client, AFTER_ROWS, oids);
