import type { Client } from 'pg';
import { type ConnectionSettings, historySchemaOf } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { withMaintenance } from './connect.ts';
import { errorCode } from './connection-failure.ts';
import { serverWords } from './failure.ts';
import { identifier, oneMessage } from './sql-text.ts';

/** Of a schema: `pg_` is the server's own. */
const RESERVED_NAME = '42939';
const ALREADY_THERE = new Set(['42P04', '42P06', '23505']);

interface Missing {
  readonly what: string;
  /** Creates it for the role that we are. */
  readonly sql: string;
  /** What somebody who may has to type instead. */
  readonly next: string;
}

async function createUnlessThere(client: Client, { what, sql, next }: Missing): Promise<void> {
  await client.query(sql).catch((error: unknown) => {
    // Another first run was quicker.
    if (!ALREADY_THERE.has(errorCode(error) ?? '')) throw notCreated(what, error, next);
  });
}

/** What the server says against it. @throws the cause, where it was not the server */
export function notCreated(what: string, cause: unknown, next: string): LockstepError {
  const { message, detail, sqlstate } = serverWords(cause);
  if (!sqlstate) throw cause;
  return new LockstepError({
    code: 'not-created',
    what: `${what} cannot be created: ${message}`,
    detail,
    next: sqlstate === RESERVED_NAME ? 'set DB_SCHEMA to a name that does not begin with pg_' : next,
    cause,
  });
}

/** Creates the target's database, over the server's maintenance database. @throws LockstepError when the role may not */
export async function createDatabase(settings: ConnectionSettings): Promise<void> {
  const [database, user] = [settings.database, settings.user].map(identifier);
  const next = `as a role that may: CREATE DATABASE ${database} OWNER ${user};`;
  await withMaintenance(settings, (client) =>
    createUnlessThere(client, { what: `Database "${settings.database}"`, sql: `CREATE DATABASE ${database}`, next }),
  );
}

/** @throws LockstepError when the role may not */
export async function createSchemas(client: Client, settings: ConnectionSettings): Promise<readonly string[]> {
  const schemas = await missingSchemas(client, settings);
  for (const schema of schemas) {
    const name = identifier(schema);
    const next = `as the owner of the database: CREATE SCHEMA ${name} AUTHORIZATION ${identifier(settings.user)};`;
    await createUnlessThere(client, { what: `Schema "${schema}"`, sql: `CREATE SCHEMA ${name}`, next });
  }
  return schemas;
}

/** Of the search path and of the history. */
async function missingSchemas(client: Client, settings: ConnectionSettings): Promise<readonly string[]> {
  const wanted = [...new Set([settings.schema, historySchemaOf(settings)])];
  const { rows } = await client.query<{ name: string }>(
    oneMessage('SELECT nspname::text AS name FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1)', [wanted]),
  );
  return wanted.filter((name) => !rows.some((row) => row.name === name));
}

export function schemaMissing({ schema, database }: ConnectionSettings): LockstepError {
  return new LockstepError({
    code: 'schema-missing',
    what: `Schema "${schema}" does not exist in database "${database}"`,
    next: `CREATE SCHEMA ${identifier(schema)};   or correct DB_SCHEMA`,
  });
}
