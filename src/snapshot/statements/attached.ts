import { OF_USERS, OWNED, relationOf } from '../kinds/attached.ts';
import type { Since } from '../kinds/pieces.ts';
import { shown } from '../kinds/pieces.ts';
import { changesOf, DEFAULTS, HELD, NOT_THE_OWNERS_OWN, OF_SCHEMA_OF_USERS } from '../kinds/privileges.ts';
import type { Writers } from './pieces.ts';

/** What ALTER and COMMENT call it. */
export const KIND = (
  i: string,
): string => `CASE WHEN ${i}.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE' WHEN ${i}.type LIKE '%column' THEN 'COLUMN'
  WHEN ${i}.type IN ('table constraint', 'domain constraint') THEN 'CONSTRAINT' WHEN ${i}.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER' WHEN ${i}.type = 'statistics object' THEN 'STATISTICS' WHEN ${i}.type = 'composite type' THEN 'TYPE' ELSE upper(${i}.type) END`;

/** Where COMMENT has other words than the identity. */
const IDENTITY = (i: string): string =>
  `CASE ${i}.type WHEN 'domain constraint' THEN regexp_replace(${i}.identity, ' on (?=[^ ]+$)', ' ON DOMAIN ') WHEN 'transform' THEN replace(${i}.identity, ' on language ', ' LANGUAGE ') ELSE ${i}.identity END`;

const identify = (classid: string, objid: string, subid = '0'): string =>
  `CROSS JOIN LATERAL pg_identify_object(${classid}, ${objid}, ${subid}) i`;

/** To be run in whatever database it is read into. */
const inDatabase = (sql: string): string =>
  `'DO $database$ BEGIN EXECUTE format(' || quote_literal(${sql}) || ', current_database()); END $database$;'`;

const escaped = (sql: string): string => `replace(${sql}, '%', '%%')`;

const TO = `CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END`;
const verb = (on: string): string =>
  `CASE WHEN g.is_held THEN 'GRANT ' || g.privileges || ${on} || ' TO ' || ${TO} || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END ELSE 'REVOKE ' || g.privileges || ${on} || ' FROM ' || ${TO} END`;

/** One line for each grantee, and each way in which it was granted. */
const grouped = (held: string, key: string, filter?: string): string =>
  `(SELECT ${key}, grantee, is_held, is_grantable, string_agg(privilege, ', ' ORDER BY privilege) AS privileges, array_agg(privilege ORDER BY privilege) AS list FROM ${changesOf(held, key, filter)} h GROUP BY ${key}, grantee, is_held, is_grantable)`;

const COLUMN_PRIVILEGES = `(SELECT string_agg(w || ' (' || quote_ident(a.attname) || ')', ', ' ORDER BY w) FROM unnest(g.list) w)`;

const GRANT_KIND = `CASE WHEN i.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE ' WHEN i.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER ' WHEN i.type = 'server' THEN 'FOREIGN SERVER ' WHEN i.type IN ('sequence', 'schema', 'language') THEN upper(i.type) || ' '
  WHEN i.type IN ('type', 'composite type', 'domain') THEN 'TYPE ' ELSE 'TABLE ' END`;

/** What is said about objects of all kinds: whose they are, what they are for, who may use them. */
export const attachedWriters = (_: Since): Writers => ({
  // What belongs to whoever runs this says nothing.
  owner: `SELECT o.classid::regclass AS class, o.objid AS id, i.type || ' ' || i.identity AS name, 'ALTER ' || ${KIND('i')} || ' ' || i.identity || ' OWNER TO ' || quote_ident(pg_get_userbyid(o.owner)) || ';' AS sql
    FROM (${OWNED}) o ${identify('o.classid', 'o.objid')} WHERE o.owner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user) AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.classid AND e.objid = o.objid AND (e.deptype = 'e' OR e.deptype = 'i' AND o.classid = 'pg_proc'::regclass))
    UNION ALL SELECT 'pg_namespace'::regclass, n.oid, 'schema public', 'ALTER SCHEMA public OWNER TO ' || quote_ident(pg_get_userbyid(n.nspowner)) || ';' FROM pg_namespace n WHERE n.nspname = 'public' AND n.oid < 16384 AND n.nspowner >= 16384`,

  comment: `SELECT d.classoid::regclass AS class, d.objoid AS id, i.type || ' ' || i.identity AS name, 'COMMENT ON ' || ${KIND('i')} || ' ' || ${IDENTITY('i')} || ' IS ' || quote_literal(d.description) || ';' AS sql
    FROM pg_description d ${relationOf('d.classoid', 'd.objoid')} ${identify('d.classoid', 'd.objoid', 'd.objsubid')} WHERE ${OF_USERS}
      -- What initdb has said already.
      AND NOT (d.classoid = 'pg_namespace'::regclass AND d.description = 'standard public schema') AND NOT (d.classoid = 'pg_extension'::regclass AND d.description = (SELECT x.comment FROM pg_available_extensions x JOIN pg_extension e ON e.extname = x.name WHERE e.oid = d.objoid))
    UNION ALL SELECT 'pg_database'::regclass, d.objoid, 'database', ${inDatabase(`'COMMENT ON DATABASE %I IS ' || ${escaped('quote_literal(d.description)')}`)} FROM pg_shdescription d WHERE d.classoid = 'pg_database'::regclass AND d.objoid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())`,

  'security label': `SELECT d.classoid::regclass AS class, d.objoid AS id, i.type || ' ' || i.identity || ' by ' || d.provider AS name, 'SECURITY LABEL FOR ' || quote_ident(d.provider) || ' ON ' || ${KIND('i')} || ' ' || i.identity || ' IS ' || quote_literal(d.label) || ';' AS sql
    FROM pg_seclabel d ${relationOf('d.classoid', 'd.objoid')} ${identify('d.classoid', 'd.objoid', 'd.objsubid')} WHERE ${OF_USERS}
    UNION ALL SELECT 'pg_database'::regclass, d.objoid, 'database by ' || d.provider, ${inDatabase(`'SECURITY LABEL FOR ' || quote_ident(d.provider) || ' ON DATABASE %I IS ' || ${escaped('quote_literal(d.label)')}`)} FROM pg_shseclabel d WHERE d.classoid = 'pg_database'::regclass AND d.objoid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())`,

  setting: `SELECT 'pg_db_role_setting'::regclass AS class, s.setrole AS id, split_part(v.setting, '=', 1) AS name, CASE WHEN s.setrole = 0 THEN ${inDatabase(`'ALTER DATABASE %I SET ' || split_part(v.setting, '=', 1) || ' = ' || ${escaped(settingValue())}`)}
      ELSE ${inDatabase(`'ALTER ROLE ' || quote_ident(pg_get_userbyid(s.setrole)) || ' IN DATABASE %I SET ' || split_part(v.setting, '=', 1) || ' = ' || ${escaped(settingValue())}`)} END AS sql
    FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) v (setting) WHERE s.setdatabase = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())`,

  grant: `SELECT g.classid::regclass AS class, g.objid AS id, i.type || ' ' || i.identity AS name, ${verb(`' ON ' || ${GRANT_KIND} || i.identity`)} || ';' AS sql FROM ${grouped(HELD, 'classid, objid, sub')} g LEFT JOIN pg_class c ON g.classid = 'pg_class'::regclass AND c.oid = g.objid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace ${identify('g.classid', 'g.objid')}
      WHERE g.sub = 0 AND g.classid <> 'pg_database'::regclass AND ${OF_SCHEMA_OF_USERS}
    UNION ALL SELECT g.classid::regclass, g.objid, i.type || ' ' || i.identity || '.' || a.attname, ${verb(`' ON TABLE ' || i.identity`).replaceAll('g.privileges', COLUMN_PRIVILEGES)} || ';' FROM ${grouped(HELD, 'classid, objid, sub')} g LEFT JOIN pg_class c ON g.classid = 'pg_class'::regclass AND c.oid = g.objid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = g.objid AND a.attnum = g.sub ${identify('g.classid', 'g.objid')} WHERE g.sub > 0 AND ${OF_SCHEMA_OF_USERS}
    UNION ALL SELECT g.classid::regclass, g.objid, 'database', ${inDatabase(verb(`' ON DATABASE %I'`))} FROM ${grouped(HELD, 'classid, objid, sub')} g WHERE g.classid = 'pg_database'::regclass`,

  'default privilege': `SELECT 'pg_default_acl'::regclass AS class, f.id, pg_get_userbyid(f.role) || ' ' || f.kind AS name, 'ALTER DEFAULT PRIVILEGES FOR ROLE ' || quote_ident(pg_get_userbyid(f.role)) || CASE WHEN f.schema = 0 THEN '' ELSE ' IN SCHEMA ' || f.schema::regnamespace::text END || ' ' || ${verb(`' ON ' || ${DEFAULT_KIND()}`).replaceAll('g.', 'f.')} || ';' AS sql
    FROM (SELECT 0::oid AS id, x.* FROM ${grouped(DEFAULTS, 'role, schema, kind', NOT_THE_OWNERS_OWN)} x) f`,
});

function settingValue(): string {
  const [name, value] = [`split_part(v.setting, '=', 1)`, `substr(v.setting, strpos(v.setting, '=') + 1)`];
  // Of these the value is a list of names, which was written down as such.
  return `CASE WHEN ${name} IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries') THEN ${value} ELSE ${shown(name, value)} END`;
}

function DEFAULT_KIND(): string {
  return `CASE f.kind WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END`;
}
