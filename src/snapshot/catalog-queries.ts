// Made anew by the next run where they are missing, and used by nothing else.
const NOT_OF_A_LOOK = `p.proname !~ '_look_(?:at_begin|before_commit)$'`;

const own = (n: string): string =>
  `${n}.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND ${n}.nspname NOT LIKE 'pg\\_%temp\\_%'`;

const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;

const RELATION = `n.nspname || '.' || c.relname`;
const OF_TABLE = `${RELATION} AS "table"`;
const FROM_RELATION = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
const OWN_RELATION = `${own('n')} AND ${notOfExtension('pg_class', 'c.oid')} AND c.relpersistence <> 't'`;
const grants = (acl: string): string =>
  `(SELECT pg_catalog.string_agg(coalesce(r.rolname, 'PUBLIC') || ' ' || g.privilege_type || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY r.rolname NULLS FIRST, g.privilege_type)
    FROM pg_catalog.aclexplode(${acl}) g LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee)`;

// One query per kind of object: name and definition, and the table of what belongs to one.
export const QUERIES: Readonly<Record<string, string>> = {
  schema: `SELECT n.nspname AS name, 'owner ' || pg_catalog.pg_get_userbyid(n.nspowner) AS definition FROM pg_catalog.pg_namespace n WHERE ${own('n')} AND n.nspname <> 'public'`,

  extension: `SELECT e.extname AS name, 'in ' || n.nspname AS definition FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,

  table: `SELECT ${OF_TABLE}, ${RELATION} AS name, CASE c.relkind WHEN 'p' THEN 'partitioned by ' || pg_catalog.pg_get_partkeydef(c.oid) WHEN 'f' THEN 'foreign' ELSE 'plain' END
      || CASE WHEN c.relpersistence = 'u' THEN ', unlogged' ELSE '' END || coalesce(', partition ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid), '')
      || coalesce((SELECT ', child of ' || pg_catalog.string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid), '')
      || coalesce(', with ' || pg_catalog.array_to_string(c.reloptions, ', '), '')
      || CASE WHEN c.relrowsecurity THEN ', row security' ELSE '' END || CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END
      || ', owner ' || pg_catalog.pg_get_userbyid(c.relowner) AS definition
    FROM ${FROM_RELATION} WHERE c.relkind IN ('r', 'p', 'f') AND ${OWN_RELATION}`,

  column: `SELECT ${OF_TABLE}, ${RELATION} || '.' || a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation::text ELSE '' END || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
      -- Of a partition it is the parent's from 17 on, and not there before.
      || CASE CASE WHEN c.relispartition THEN '' ELSE a.attidentity END WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END
      || CASE WHEN a.attgenerated <> '' THEN ' generated as ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) ELSE coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') END AS definition
    FROM ${FROM_RELATION} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'p', 'f', 'c') AND ${OWN_RELATION}`,

  // From 18 on NOT NULL is a constraint as well; the columns say it on every version.
  constraint: `SELECT ${OF_TABLE}, ${RELATION} || '.' || k.conname AS name, pg_catalog.pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' (not validated)' END AS definition
    FROM pg_catalog.pg_constraint k JOIN ${FROM_RELATION} ON c.oid = k.conrelid WHERE k.contype <> 'n' AND ${OWN_RELATION}`,

  index: `SELECT ${OF_TABLE}, n.nspname || '.' || i.relname AS name, pg_catalog.pg_get_indexdef(i.oid) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END AS definition
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN ${FROM_RELATION} ON c.oid = x.indrelid WHERE ${OWN_RELATION}`,

  sequence: `SELECT ${RELATION} AS name, pg_catalog.format_type(s.seqtypid, NULL) || ' start ' || s.seqstart || ' by ' || s.seqincrement || ' from ' || s.seqmin || ' to ' || s.seqmax || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END
      || coalesce((SELECT ', of ' || d.refobjid::regclass::text || '.' || a.attname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')), '') AS definition
    FROM pg_catalog.pg_sequence s JOIN ${FROM_RELATION} ON c.oid = s.seqrelid WHERE ${OWN_RELATION}`,

  view: `SELECT ${RELATION} AS name, CASE c.relkind WHEN 'm' THEN 'materialized ' ELSE '' END || pg_catalog.pg_get_viewdef(c.oid) AS definition
    FROM ${FROM_RELATION} WHERE c.relkind IN ('v', 'm') AND ${OWN_RELATION}`,

  function: `SELECT n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS name,
      CASE WHEN p.prokind = 'a' THEN 'aggregate ' || pg_catalog.pg_get_function_result(p.oid) ELSE pg_catalog.pg_get_functiondef(p.oid) END AS definition
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE ${own('n')} AND ${notOfExtension('pg_proc', 'p.oid')}
      AND ${NOT_OF_A_LOOK}`,

  trigger: `SELECT ${OF_TABLE}, ${RELATION} || '.' || t.tgname AS name, pg_catalog.pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' (enabled ' || t.tgenabled::text || ')' END AS definition
    FROM pg_catalog.pg_trigger t JOIN ${FROM_RELATION} ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND ${OWN_RELATION}`,

  rule: `SELECT ${OF_TABLE}, ${RELATION} || '.' || r.rulename AS name, pg_catalog.pg_get_ruledef(r.oid) AS definition
    FROM pg_catalog.pg_rewrite r JOIN ${FROM_RELATION} ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND ${OWN_RELATION}`,

  type: `SELECT n.nspname || '.' || t.typname AS name, CASE t.typtype
      WHEN 'e' THEN 'enum ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = t.oid)
      WHEN 'd' THEN 'domain ' || pg_catalog.format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || t.typdefault, '')
        || coalesce((SELECT ' ' || pg_catalog.string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
      ELSE 'composite or range' END AS definition
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND ${own('n')} AND ${notOfExtension('pg_type', 't.oid')}`,

  policy: `SELECT ${OF_TABLE}, ${RELATION} || '.' || p.polname AS name, CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END || ' for ' || p.polcmd::text
      || ' to ' || (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(r)::text END, ', ' ORDER BY CASE r WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(r)::text END) FROM pg_catalog.unnest(p.polroles) AS r)
      || coalesce(' using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') || coalesce(' check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '') AS definition
    FROM pg_catalog.pg_policy p JOIN ${FROM_RELATION} ON c.oid = p.polrelid WHERE ${OWN_RELATION}`,

  grant: `SELECT ${OF_TABLE}, ${RELATION} AS name, ${grants('c.relacl')} AS definition FROM ${FROM_RELATION} WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND ${OWN_RELATION}
    UNION ALL SELECT ${RELATION}, ${RELATION} || '.' || a.attname, ${grants('a.attacl')} FROM ${FROM_RELATION} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND ${OWN_RELATION}`,

  comment: `SELECT ${OF_TABLE}, ${RELATION} || coalesce('.' || a.attname, '') AS name, d.description AS definition FROM pg_catalog.pg_description d
    JOIN ${FROM_RELATION} ON d.classoid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objoid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE c.relkind <> 'i' AND ${OWN_RELATION}`,
};
