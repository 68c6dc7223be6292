import { identified, type Kinds, RELATION, type Since } from './pieces.ts';

// Of each catalog whose objects have privileges: the list, the owner, and what acldefault() calls the kind.
const LISTS = [
  ['pg_class', 'relacl', 'relowner', `CASE relkind WHEN 'S' THEN 's' ELSE 'r' END`],
  ['pg_proc', 'proacl', 'proowner', `'f'`],
  ['pg_type', 'typacl', 'typowner', `'T'`],
  ['pg_namespace', 'nspacl', 'nspowner', `'n'`],
  ['pg_language', 'lanacl', 'lanowner', `'l'`],
  ['pg_foreign_data_wrapper', 'fdwacl', 'fdwowner', `'F'`],
  ['pg_foreign_server', 'srvacl', 'srvowner', `'S'`],
] as const;

// Joined, for in a subquery the small catalog would be read from end to end for each object.
const INITIAL = (catalog: string, oid: string, sub = '0'): string =>
  `LEFT JOIN pg_init_privs i ON i.classoid = '${catalog}'::regclass AND i.objoid = ${oid} AND i.objsubid = ${sub}`;

// What initdb or the script of an extension granted is the state to compare with; so these count as well, as far as somebody changed them.
export const HELD = [
  ...LISTS.map(
    ([catalog, acl, owner, kind]) =>
      `SELECT '${catalog}'::regclass AS classid, x.oid AS objid, 0 AS sub, x.${acl} AS acl, coalesce(i.initprivs, acldefault((${kind})::"char", x.${owner})) AS base FROM ${catalog} x ${INITIAL(catalog, 'x.oid')} WHERE x.${acl} IS NOT NULL`,
  ),
  `SELECT 'pg_class'::regclass, x.attrelid, x.attnum, x.attacl, i.initprivs FROM pg_attribute x ${INITIAL('pg_class', 'x.attrelid', 'x.attnum')} WHERE x.attacl IS NOT NULL AND NOT x.attisdropped`,
  `SELECT 'pg_database'::regclass, x.oid, 0, x.datacl, acldefault('d', x.datdba) FROM pg_database x WHERE x.datacl IS NOT NULL AND x.datname = current_database()`,
].join('\n    UNION ALL ');

/** What a list has that its base lacks, and the other way round: a row for each grantee and privilege. */
export const changesOf = (
  held: string,
  key: string,
  filter = 'true',
): string => `(SELECT ${key}, e.grantee, e.privilege_type AS privilege, bool_or(e.is_held) AS is_held, coalesce(bool_or(e.is_grantable) FILTER (WHERE e.is_held), false) AS is_grantable
      FROM (${held}) h CROSS JOIN LATERAL (SELECT grantee, privilege_type, is_grantable, true AS is_held FROM aclexplode(h.acl) UNION ALL SELECT grantee, privilege_type, is_grantable, false FROM aclexplode(h.base)) e
      WHERE h.acl IS DISTINCT FROM h.base AND ${filter} GROUP BY ${key}, e.grantee, e.privilege_type
      HAVING bool_or(e.is_grantable) FILTER (WHERE e.is_held) IS DISTINCT FROM bool_or(e.is_grantable) FILTER (WHERE NOT e.is_held))`;

/** The same, a line for each grantee. */
const differing = (
  held: string,
  key: string,
  filter?: string,
): string => `(SELECT ${key}, CASE WHEN is_held THEN 'to ' ELSE 'from ' END || coalesce(r.rolname, 'PUBLIC') || ': ' || string_agg(privilege || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY privilege) AS definition
    FROM ${changesOf(held, key, filter)} d LEFT JOIN pg_roles r ON r.oid = d.grantee GROUP BY ${key}, is_held, d.grantee, r.rolname)`;

/** Of a grant `g` on a relation `c` in the schema `n`, or on something else. */
export const OF_SCHEMA_OF_USERS = `(c.oid IS NULL OR c.relpersistence <> 't' AND n.nspname <> 'information_schema') AND NOT EXISTS (SELECT FROM pg_namespace i WHERE g.classid = 'pg_namespace'::regclass AND i.oid = g.objid AND i.nspname = 'information_schema')`;

const KINDS = `CASE f.kind WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END`;

// Those of one schema come on top of the global ones, and what the owner has anyway says nothing; the global ones are the whole list.
export const DEFAULTS = `SELECT a.defaclrole AS role, a.defaclnamespace AS schema, a.defaclobjtype::text AS kind, a.defaclacl AS acl, CASE WHEN a.defaclnamespace = 0 THEN b.base END AS base, b.base AS owners
    FROM pg_default_acl a CROSS JOIN LATERAL (SELECT acldefault(CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END, a.defaclrole) AS base) b`;
const COUNT = (acl: string): string => `(SELECT count(*) FROM aclexplode(${acl}) o WHERE o.grantee = h.role)`;
export const NOT_THE_OWNERS_OWN = `NOT (h.schema <> 0 AND e.grantee = h.role AND ${COUNT('h.acl')} = ${COUNT('h.owners')})`;

export const privilegeKinds = (_: Since): Kinds => ({
  grant: `SELECT ${RELATION} AS "table", CASE WHEN g.classid = 'pg_class'::regclass THEN ${RELATION} || coalesce('.' || (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = g.sub AND g.sub > 0), '')
      WHEN g.classid = 'pg_database'::regclass THEN 'database' ELSE ${identified('g.classid', 'g.objid')} END AS name, g.definition
    FROM ${differing(HELD, 'classid, objid, sub')} g LEFT JOIN pg_class c ON g.classid = 'pg_class'::regclass AND c.oid = g.objid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${OF_SCHEMA_OF_USERS}`,

  'default privilege': `SELECT pg_get_userbyid(f.role) || CASE WHEN f.schema = 0 THEN '' ELSE ' in ' || f.schema::regnamespace::text END || ' on ' || ${KINDS} AS name, f.definition
    FROM ${differing(DEFAULTS, 'role, schema, kind', NOT_THE_OWNERS_OWN)} f`,
});
