import type { Client } from 'pg';
import type { BackupManifest } from '../model/backup.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { withConnection } from '../pg/connect.ts';
import { handOverPlace } from '../pg/connection-failure.ts';
import { serverWords } from '../pg/failure.ts';
import { identifier, literal } from '../pg/sql-text.ts';

const administer = <T>(settings: ConnectionSettings, body: (client: Client) => Promise<T>): Promise<T> =>
  withConnection({ ...settings, database: 'postgres' }, body);

export async function isDatabaseThere(settings: ConnectionSettings): Promise<boolean> {
  const { rowCount } = await administer(settings, (client) =>
    client.query(`SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(settings.database)}`),
  );
  return (rowCount ?? 0) > 0;
}

/** Makes an empty database like the one that was backed up; with this server's own locale where it has no such one. */
export async function createLike(settings: ConnectionSettings, like: BackupManifest['database']): Promise<void> {
  const base = `CREATE DATABASE ${identifier(settings.database)} TEMPLATE template0 ENCODING ${literal(like.encoding)}`;
  await administer(settings, async (client) => {
    try {
      await client.query(`${base} LC_COLLATE ${literal(like.collate)} LC_CTYPE ${literal(like.ctype)}`).catch((error: unknown) => {
        if (!/locale/.test((error as Error).message)) throw error;
        return client.query(base);
      });
    } catch (error) {
      throw notCreated(settings, error);
    }
  });
}

function notCreated({ database, user }: ConnectionSettings, cause: unknown): LockstepError {
  const { message, detail, sqlstate } = serverWords(cause);
  if (!sqlstate) throw cause;
  return new LockstepError({
    code: 'not-created',
    what: `Database "${database}" cannot be created: ${message}`,
    detail,
    next: `as a superuser: ALTER ROLE ${identifier(user)} CREATEDB;`,
    exitCode: 2,
    cause,
  });
}

export async function dropDatabase(settings: ConnectionSettings): Promise<void> {
  await administer(settings, (client) => client.query(`DROP DATABASE IF EXISTS ${identifier(settings.database)} WITH (FORCE)`));
}

/** Sessions that stand in the way of a rename, as `application (user)`. */
export async function listSessions(settings: ConnectionSettings): Promise<readonly string[]> {
  const { rows } = await administer(settings, (client) =>
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
  return administer(settings, async (client) => {
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
