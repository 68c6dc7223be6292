import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { withConnection } from './connect.ts';
import { errorCode } from './connection-failure.ts';
import { identifier } from './quote.ts';

const ALREADY_THERE = new Set(['42P04', '42P06', '23505']);

async function createUnlessThere(client: Client, sql: string): Promise<void> {
  await client.query(sql).catch((error: unknown) => {
    // Another first run was quicker.
    if (!ALREADY_THERE.has(errorCode(error) ?? '')) throw error;
  });
}

/** Creates the target's database, over the server's maintenance database. */
export async function createDatabase(settings: ConnectionSettings): Promise<void> {
  await withConnection({ ...settings, database: 'postgres' }, (client) =>
    createUnlessThere(client, `CREATE DATABASE ${identifier(settings.database)}`),
  );
}

export async function createSchema(client: Client, schema: string): Promise<void> {
  await createUnlessThere(client, `CREATE SCHEMA ${identifier(schema)}`);
}

export function schemaMissing({ schema, database }: ConnectionSettings): LockstepError {
  return new LockstepError({
    code: 'schema-missing',
    what: `Schema "${schema}" does not exist in database "${database}"`,
    next: `create it: CREATE SCHEMA ${identifier(schema)};   or correct DB_SCHEMA`,
    exitCode: 2,
  });
}
