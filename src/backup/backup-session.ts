import type { Client } from 'pg';
import type { BackupManifest, TableName } from '../model/backup.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { cancelOnAbort } from '../pg/cancel.ts';
import { connect } from '../pg/connect.ts';
import { qualified } from '../pg/sql-text.ts';

/** One consistent view of a database, which pg_dump can share by its id. */
export interface BackupSession {
  readonly client: Client;
  readonly settings: ConnectionSettings;
  readonly snapshotId: string;
  readonly database: BackupManifest['database'];
  readonly at: Date;
  readonly lsn?: string;
}

// Values as text must look the same on every server; and a policy that hides rows must be an error, not a smaller backup.
const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s';
SET LOCAL idle_in_transaction_session_timeout = 0;`;

/** What makes a value's text the same on every server. */
export const STEADY_VALUES = `SET LOCAL DateStyle = ISO; SET LOCAL IntervalStyle = postgres; SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = content; SET LOCAL array_nulls = on;
SET LOCAL quote_all_identifiers = off; SET LOCAL search_path = pg_catalog;`;

/** Opens a connection of its own with one snapshot, hands it over, and closes it. An abort cancels what it runs. */
export async function withBackupSession<T>(
  settings: ConnectionSettings,
  { signal, application = 'lockstep backup' }: { readonly signal: AbortSignal; readonly application?: string },
  body: (session: BackupSession) => Promise<T>,
): Promise<T> {
  const client = await connect(settings, application);
  const endCancelling = cancelOnAbort(client, signal);
  try {
    await client.query(`${BEGIN} ${STEADY_VALUES}`);
    return await body({ client, settings, ...(await readSession(client)) });
  } finally {
    endCancelling();
    await client.end().catch(() => {});
  }
}

/** Joins a session that still has its snapshot: what both see is the same. */
export async function joinSnapshot({ settings, snapshotId }: BackupSession, application: string): Promise<Client> {
  const client = await connect(settings, application);
  try {
    await client.query(`${BEGIN} SET TRANSACTION SNAPSHOT '${snapshotId}'; ${STEADY_VALUES}`);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

interface SessionRow {
  readonly id: string;
  readonly at: Date;
  readonly lsn: string | null;
}

async function readSession(client: Client): Promise<Omit<BackupSession, 'client' | 'settings'>> {
  const { rows } = await client.query<SessionRow>(
    `SELECT pg_catalog.pg_export_snapshot() AS id, pg_catalog.clock_timestamp() AS at,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE pg_catalog.pg_current_wal_lsn()::text END AS lsn`,
  );
  const [row] = rows;
  if (!row) throw new Error('the server answered no row to a query without a table');
  return { snapshotId: row.id, at: row.at, database: await readIdentity(client), ...(row.lsn && { lsn: row.lsn }) };
}

/** Which database this is, beyond its name. */
export async function readIdentity(client: Client): Promise<BackupManifest['database']> {
  const { rows } = await client.query<{ name: string; oid: string; encoding: string; collate: string; ctype: string; may: boolean }>(
    `SELECT datname AS name, oid::int8::text AS oid, pg_catalog.pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype,
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS may
     FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  const [row] = rows;
  if (!row) throw new Error('the database does not know itself');
  const { may, oid, ...rest } = row;
  if (!may) return { ...rest, oid: Number(oid) };
  const system = await client.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()');
  return { ...rest, oid: Number(oid), ...(system.rows[0] && { systemIdentifier: system.rows[0].id }) };
}

/** Exact. Reads the whole table, or an index of it. */
export async function countRows(client: Client, { schema, name }: TableName): Promise<number> {
  const { rows } = await client.query<{ n: string }>(`SELECT count(*)::text AS n FROM ONLY ${qualified(schema, name)}`);
  return Number(rows[0]?.n ?? 0);
}

/** Count and content of a table as one text, equal for equal rows in any order. */
export async function digestRows(client: Client, { schema, name }: TableName): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(
    `SELECT count(*)::text || ':' || coalesce(sum(pg_catalog.hashtextextended(lockstep_row::text, 0)::numeric), 0)::text AS digest
     FROM ONLY ${qualified(schema, name)} lockstep_row`,
  );
  return rows[0]?.digest ?? '';
}
