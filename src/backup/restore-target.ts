import type { Client } from 'pg';
import type { BackupManifest } from '../model/backup.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { withMaintenance } from '../pg/connect.ts';
import { notCreated } from '../pg/create-missing.ts';
import { identifier, literal, oneMessage } from '../pg/sql-text.ts';

export async function isDatabaseThere(settings: ConnectionSettings): Promise<boolean> {
  const { rowCount } = await withMaintenance(settings, (client) =>
    client.query(`SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(settings.database)}`),
  );
  return (rowCount ?? 0) > 0;
}

/** Makes an empty database like the one that was backed up; with this server's own locale where it has no such one. */
export async function createLike(settings: ConnectionSettings, like: BackupManifest['database']): Promise<void> {
  const base = `CREATE DATABASE ${identifier(settings.database)} TEMPLATE template0 ENCODING ${literal(like.encoding)}`;
  await withMaintenance(settings, async (client) => {
    try {
      await client.query(`${base} LC_COLLATE ${literal(like.collate)} LC_CTYPE ${literal(like.ctype)}`).catch((error: unknown) => {
        if (!/locale/.test((error as Error).message)) throw error;
        return client.query(base);
      });
    } catch (error) {
      throw notCreated(`Database "${settings.database}"`, error, `as a superuser: ALTER ROLE ${identifier(settings.user)} CREATEDB;`);
    }
  });
}

export async function dropDatabase(settings: ConnectionSettings): Promise<void> {
  await withMaintenance(settings, (client) => client.query(`DROP DATABASE IF EXISTS ${identifier(settings.database)} WITH (FORCE)`));
}

/** Sessions that stand in the way of a rename, as `application (user)`. */
export async function listSessions(settings: ConnectionSettings): Promise<readonly string[]> {
  const { rows } = await withMaintenance(settings, (client) =>
    client.query<{ who: string }>(
      `SELECT coalesce(nullif(application_name, ''), 'a session') || ' (' || coalesce(usename, '?') || ', pid ' || pid || ')' AS who
       FROM pg_catalog.pg_stat_activity WHERE datname = ${literal(settings.database)} AND pid <> pg_catalog.pg_backend_pid()`,
    ),
  );
  return rows.map(({ who }) => who);
}

/** Puts one database in the place of another, which keeps all it has under a new name. Returns what of the place could not be handed over. */
export async function exchangeDatabases(
  settings: ConnectionSettings,
  names: { readonly next: string; readonly kept: string },
): Promise<readonly string[]> {
  const [current, next, kept] = [settings.database, names.next, names.kept].map(identifier);
  return withMaintenance(settings, async (client) => {
    const notes = await handOverPlace(client, settings.database, names.next);
    await client.query(`ALTER DATABASE ${current} RENAME TO ${kept}`);
    try {
      await client.query(`ALTER DATABASE ${next} RENAME TO ${current}`);
    } catch (error) {
      await client.query(`ALTER DATABASE ${kept} RENAME TO ${current}`);
      throw error;
    }
    return notes;
  });
}

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
async function handOverPlace(client: Client, from: string, to: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ what: string; sql: string }>(oneMessage(OF_DATABASE, [from, to]));
  const failed: string[] = [];
  for (const { what, sql } of rows)
    await client.query(sql).catch((error: unknown) => failed.push(`${what} of the database: ${(error as Error).message}`));
  return failed;
}
