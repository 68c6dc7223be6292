import type { Client } from 'pg';
import { oneMessage } from './one-message.ts';

// Their value is a list that is quoted already (pg_dump: variable_is_guc_list_quote).
const LISTS = "'search_path', 'local_preload_libraries', 'session_preload_libraries', 'temp_tablespaces'";

/** What belongs to a database and to no dump of it, as statements that give it to another one: $1 has it, $2 gets it. The owner last, who may be somebody else. */
const OF_DATABASE = `WITH old AS (SELECT * FROM pg_catalog.pg_database WHERE datname = $1), settings AS (
  SELECT CASE s.setrole WHEN 0 THEN pg_catalog.format('DATABASE %I', $2) ELSE pg_catalog.format('ROLE %I IN DATABASE %I', pg_catalog.pg_get_userbyid(s.setrole), $2) END AS whose,
    pg_catalog.split_part(line, '=', 1) AS name, pg_catalog.substr(line, pg_catalog.strpos(line, '=') + 1) AS value
  FROM old JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = old.oid CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS line)
SELECT 'setting ' || name AS what, pg_catalog.format('ALTER %s SET %I TO %s', whose, name, CASE WHEN name IN (${LISTS}) THEN value ELSE pg_catalog.quote_literal(value) END) AS sql FROM settings
UNION ALL SELECT 'connection limit', pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s', $2, datconnlimit) FROM old WHERE datconnlimit >= 0
UNION ALL SELECT 'comment', pg_catalog.format('COMMENT ON DATABASE %I IS %L', $2, d.description) FROM old
  JOIN pg_catalog.pg_shdescription d ON d.classoid = 'pg_catalog.pg_database'::regclass AND d.objoid = old.oid
UNION ALL SELECT 'grants', pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2) FROM old WHERE datacl IS NOT NULL
UNION ALL SELECT 'grant to ' || coalesce(r.rolname, 'PUBLIC'), pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', g.privilege_type, $2, coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC'),
    CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM old CROSS JOIN LATERAL pg_catalog.aclexplode(old.datacl) g LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee WHERE g.grantee <> old.datdba
UNION ALL SELECT 'owner', pg_catalog.format('ALTER DATABASE %I OWNER TO %I', $2, pg_catalog.pg_get_userbyid(datdba)) FROM old`;

/** Gives one database the owner, grants, settings and comment of another. Returns what could not be given, and why. */
export async function handOverPlace(client: Client, from: string, to: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ what: string; sql: string }>(oneMessage(OF_DATABASE, [from, to]));
  const failed: string[] = [];
  for (const { what, sql } of rows)
    await client.query(sql).catch((error: unknown) => failed.push(`${what} of the database: ${(error as Error).message}`));
  return failed;
}
