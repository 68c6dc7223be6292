import type { Client } from 'pg';
import { qualified, toDate } from '../pg/sql-text.ts';
import { JOURNAL } from './table-functions.ts';

/** What tells a database from its copies. */
export interface Identity {
  readonly database: string;
  /** Of the cluster, given by initdb (manual: functions-info, pg_control_system); absent where the server does not tell. */
  readonly system?: string;
}

export async function readIdentity(client: Client, database: string): Promise<Identity> {
  const system = await readSystem(client);
  return { database, ...(system && { system }) };
}

/** The cluster's identifier. A managed server may keep it to itself: to be refused would end the transaction in which it is asked. */
export async function readSystem(client: Client): Promise<string | undefined> {
  const { rows: rights } = await client.query<{ may: boolean }>(
    "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS may",
  );
  if (!rights[0]?.may) return undefined;
  const { rows } = await client.query<{ system: string }>('SELECT system_identifier::text AS system FROM pg_catalog.pg_control_system()');
  return rows[0]?.system;
}

/** Where, when and as what the last run took place. */
export interface Remembered {
  readonly environment: string;
  readonly at: Date;
  readonly host?: string;
  readonly database?: string;
  readonly system?: string;
}

/** What the database remembers of its last run; undefined before the first one. */
export async function readRemembered(client: Client, schema: string): Promise<Remembered | undefined> {
  const { rows } = await client.query<{ at: Date | number; details: Readonly<Record<string, unknown>> }>(
    `SELECT at, details FROM ${qualified(schema, JOURNAL)} WHERE event = 'run-started' AND details ? 'environment' ORDER BY id DESC LIMIT 1`,
  );
  const [row] = rows;
  if (!row) return undefined;
  const { environment, host, database, system } = row.details;
  return {
    environment: String(environment),
    at: toDate(row.at),
    ...(typeof host === 'string' && { host }),
    ...(typeof database === 'string' && { database }),
    ...(typeof system === 'string' && { system }),
  };
}
