import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { connect } from '../pg/connect.ts';
import { literal } from '../pg/sql-text.ts';

/** `AccessExclusiveLock` on the relation of that oid. */
export type Held = readonly [relation: number, mode: string];

/** What was seen of a migration from another session, at one moment. */
export interface Poll {
  readonly at: number;
  readonly held: readonly Held[];
  /** Sessions that wait for a table. */
  readonly blocked: number;
  readonly walBytes: number;
}

const WAL = `pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::float8`;
const HELD = (pid: string): string =>
  `coalesce((SELECT pg_catalog.jsonb_agg(DISTINCT pg_catalog.jsonb_build_array(l.relation::bigint, l.mode)) FROM pg_catalog.pg_locks l
    WHERE l.pid = ${pid} AND l.locktype = 'relation' AND l.granted), '[]')`;
const FILENODES = `(SELECT pg_catalog.json_object_agg(c.oid::bigint, c.relfilenode::bigint) FROM pg_catalog.pg_class c
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm', 'i'))`;

/** What a migration's own session holds, wrote and rewrote, asked for behind each of its statements: nothing is missed there. */
export interface Seen {
  readonly held: readonly Held[];
  readonly filenodes: Readonly<Record<string, number>>;
  readonly walBytes: number;
}

const SEEN = `SELECT pg_catalog.json_build_object('held', ${HELD('pg_catalog.pg_backend_pid()')}, 'filenodes', ${FILENODES}, 'walBytes', ${WAL})::text`;

export const lookAs = (column: string): string => `${SEEN} AS ${column}`;

/** The same from outside. */
export async function see(client: Client): Promise<Seen> {
  const { rows } = await client.query<{ seen: string }>(lookAs('seen'));
  return JSON.parse(rows[0]?.seen ?? '{}') as Seen;
}

/** A relation of the project: a table, or an index of one. */
export interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly isTable: boolean;
}

export async function readRelations(client: Client): Promise<readonly Relation[]> {
  const { rows } = await client.query<Relation>(
    `SELECT c.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name, c.relkind IN ('r', 'p', 'm') AS "isTable"
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'i') AND c.oid >= 16384 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 3 DESC, 2`,
  );
  return rows;
}

const EVERY_MS = 5;

// Only catalogs that need no lock on a table: whatever touches one would wait behind the migration. The whole lock table is read once.
const POLL = (applicationPrefix: string): string => `
WITH m AS (SELECT (SELECT a.pid FROM pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database()
    AND pg_catalog.starts_with(a.application_name, ${literal(applicationPrefix)}) LIMIT 1) AS pid),
  k AS MATERIALIZED (SELECT * FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
SELECT coalesce((SELECT pg_catalog.jsonb_agg(DISTINCT pg_catalog.jsonb_build_array(k.relation::bigint, k.mode)) FROM k WHERE k.granted AND k.pid = m.pid), '[]') AS held,
  (SELECT count(DISTINCT k.pid)::int FROM k WHERE NOT k.granted AND k.pid IS DISTINCT FROM m.pid) AS blocked, ${WAL} AS "walBytes" FROM m`;

export interface Polling {
  readonly polls: readonly Poll[];
  readonly stop: () => Promise<void>;
}

/** Watches the session whose name begins so, every few milliseconds. */
export async function startPolling(settings: ConnectionSettings, applicationPrefix: string): Promise<Polling> {
  const client = await connect(settings, 'lockstep load observer');
  await client.query("SET statement_timeout = '2s'");
  const polls: Poll[] = [];
  const over = new AbortController();
  const polling = poll(client, { sql: POLL(applicationPrefix), polls, over: over.signal });
  return {
    polls,
    stop: async () => {
      over.abort();
      await polling;
      await client.end().catch(() => {});
    },
  };
}

interface Look {
  readonly sql: string;
  readonly polls: Poll[];
  readonly over: AbortSignal;
}

async function poll(client: Client, { sql, polls, over }: Look): Promise<void> {
  while (!over.aborted) {
    const at = performance.now();
    const found = await client.query<Omit<Poll, 'at'>>(sql).catch(() => undefined);
    const [row] = found?.rows ?? [];
    if (row) polls.push({ at, ...row });
    await sleep(EVERY_MS);
  }
}
