import type { Client } from 'pg';
import { type ConnectionSettings, historySchemaOf } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Target } from '../model/target.ts';
import type { Question } from './ask.ts';
import { identifier, oneMessage } from './sql-text.ts';

const OLDEST_MAJOR = 14;

const FACTS = `SELECT pg_catalog.current_database() AS database, session_user::text AS user,
  pg_catalog.current_setting('server_version') AS version, pg_catalog.current_setting('server_version_num')::int AS number,
  pg_catalog.getdatabaseencoding() AS encoding, pg_catalog.pg_is_in_recovery() AS "isStandby", pg_catalog.current_setting('transaction_read_only')::boolean AS "isReadOnly",
  pg_catalog.to_regnamespace($1) IS NOT NULL AND pg_catalog.to_regnamespace($2) IS NOT NULL AS "hasSchema",
  coalesce(pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace($1), 'CREATE')
    AND pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace($1), 'USAGE'), true) AS "mayCreate",
  pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS "mayReadSystem",
  (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS oid`;

/** A target as we found it, and whether its schema is there and open to us. */
export interface FoundTarget {
  readonly target: Target;
  readonly hasSchema: boolean;
  readonly mayCreate: boolean;
  /** Whether the role may ask which cluster this is: to be refused would end the transaction in which it is asked. */
  readonly mayReadSystem: boolean;
  /** Tells this database from another one of the same name that was made later. */
  readonly oid: number;
  /** Of the database, as the server calls it: `UTF8`. */
  readonly encoding: string;
}

type Facts = Omit<FoundTarget, 'target'> &
  Pick<Target, 'database' | 'user' | 'isReadOnly' | 'isStandby'> & { readonly version: string; readonly number: number };

export const targetQuestion = (settings: ConnectionSettings): Question<FoundTarget> => ({
  sql: oneMessage(FACTS, [identifier(historySchemaOf(settings)), identifier(settings.schema)]),
  read: ([facts]) => toTarget(facts, settings),
});

function toTarget({ version, number, database, user, isReadOnly, isStandby, ...found }: Facts, settings: ConnectionSettings): FoundTarget {
  const place = { host: settings.host, port: settings.port, database, user, schema: historySchemaOf(settings) };
  const server = { serverVersion: version.split(' ')[0] ?? version, serverMajor: Math.floor(number / 10_000) };
  return { ...found, target: { ...place, ...server, isReadOnly, isStandby } };
}

/** @throws LockstepError when the server is older than 14. */
export function verifyServerVersion(target: Target): void {
  if (target.serverMajor >= OLDEST_MAJOR) return;
  throw new LockstepError({
    code: 'server-too-old',
    what: `${target.host}:${target.port} runs PostgreSQL ${target.serverVersion}; ${OLDEST_MAJOR} is the oldest that is supported`,
    next: 'upgrade the server, or point DB_HOST at a newer one',
  });
}

/** @throws LockstepError when the target cannot be written to, or its schema is closed to us (with the exact GRANT). */
export function verifyWritable({ target, mayCreate }: FoundTarget): void {
  const place = `${target.host}:${target.port}`;
  if (target.isStandby)
    throw new LockstepError({
      code: 'standby',
      what: `${place} is a standby and takes no changes`,
      next: 'set DB_HOST and DB_PORT to the primary, which this names: SELECT sender_host, sender_port FROM pg_stat_wal_receiver;',
    });
  if (target.isReadOnly)
    throw new LockstepError({
      code: 'read-only',
      what: `Transactions on ${place} are read-only for user "${target.user}" in database "${target.database}"`,
      next: `ALTER ROLE ${identifier(target.user)} SET default_transaction_read_only = off;   or use another role, or the primary`,
    });
  if (!mayCreate)
    throw new LockstepError({
      code: 'privilege-missing',
      what: `User "${target.user}" may not create tables in schema "${target.schema}" of database "${target.database}"`,
      next: `as the owner of the schema: GRANT USAGE, CREATE ON SCHEMA ${identifier(target.schema)} TO ${identifier(target.user)};`,
    });
}

/** @throws LockstepError when the policy's role is not there, or this session may not become it. */
export async function verifyRole(client: Client, role: string | undefined): Promise<void> {
  if (role === undefined) return;
  const { rows } = await client.query<{ user: string; found: boolean; member: boolean | null }>(
    oneMessage(
      `SELECT session_user::text AS user, EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1) AS found,
         (SELECT pg_catalog.pg_has_role(session_user, oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = $1) AS member`,
      [role],
    ),
  );
  const [row] = rows;
  if (row?.member) return;
  const grant = `GRANT ${identifier(role)} TO ${identifier(row?.user ?? '')};`;
  throw new LockstepError({
    code: 'role-unusable',
    what: row?.found
      ? `User "${row.user}" may not become the role "${role}" that the policy names`
      : `The role "${role}" that the policy names does not exist on this server`,
    next: `as a superuser: ${row?.found ? grant : `CREATE ROLE ${identifier(role)}; ${grant}`}`,
  });
}
