import type { Client } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';
import type { RunLockHolder } from '../model/target.ts';
import { literal } from './sql-text.ts';

const ABANDONED_MS = 60_000;

interface MidQuery {
  /** When it took up what it does, by the server's clock. */
  readonly changed: string;
  readonly isWaiting: boolean;
}

// A COPY waits for its client too, and may take its time.
const midQueryOf = (pid: number): string => `
SELECT state_change::text AS changed, wait_event IS NOT DISTINCT FROM 'ClientRead' AS "isWaiting"
FROM pg_catalog.pg_stat_activity WHERE pid = ${pid} AND state = 'active' AND query !~* '\\mcopy\\M'`;

/**
 * Ends a session that stands in the middle of one query for as long as a session may be idle: between the messages of an extended query it is
 * neither idle nor idle in a transaction, so no limit of the server's ever ends it (manual: protocol-flow, runtime-config-client).
 * A live client sends those messages in one piece. Whoever may not end it goes on waiting, and is told who it is.
 * @returns a look, to be taken again and again at whoever holds what is waited for.
 */
export function endAbandoned(client: Client, afterMs = ABANDONED_MS): (pid: number | undefined) => Promise<void> {
  let seen: { readonly pid: number; readonly changed: string; readonly since: number } | undefined;
  return async (pid) => {
    const [found] = pid === undefined ? [] : (await client.query<MidQuery>(midQueryOf(pid))).rows;
    // Its client has sent nothing for as long as this stays the same; the server may be seen at something else for a moment, as when
    // it hears of a table or database that is gone.
    const isSame = seen?.pid === pid && seen?.changed === found?.changed;
    if (!isSame) seen = pid !== undefined && found?.isWaiting ? { pid, changed: found.changed, since: Date.now() } : undefined;
    else if (seen && found?.isWaiting && Date.now() - seen.since > afterMs)
      await client.query(`SELECT pg_catalog.pg_terminate_backend(${seen.pid})`).catch(() => {});
  };
}

const POLL_MS = 150;

/** The key never moves: every version of the tool, and the stock CLI through us, meets at it. */
export const runLockKey = (schema: string): string => `pg_catalog.hashtextextended(${literal(`lockstep:${schema}`)}, 0)`;

/** Takes the session's advisory lock, or learns at once that another session has it. Taking it again is harmless. */
async function tryRunLock(client: Client, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(`SELECT pg_catalog.pg_try_advisory_lock(${runLockKey(schema)}) AS locked`);
  return rows[0]?.locked ?? false;
}

/** Gives the RunLock back without ending the session, however often it was taken: the connection belongs to a pool. */
export async function releaseRunLock(client: Client, schema: string): Promise<void> {
  const key = runLockKey(schema);
  for (;;) {
    const { rows } = await client.query<{ pid: number }>(`${HOLDER(schema)} AND l.pid = pg_catalog.pg_backend_pid()`);
    if (rows.length === 0) return;
    await client.query(`SELECT pg_catalog.pg_advisory_unlock(${key})`);
  }
}

const HOLDER = (schema: string) => `
SELECT l.pid, a.application_name, coalesce(a.client_hostname, pg_catalog.host(a.client_addr)) AS host, a.backend_start
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND ((l.classid::bigint << 32) | l.objid::bigint) = ${runLockKey(schema)}`;

/** The session that holds the RunLock; undefined when it is free. Reads only. */
export async function findRunLockHolder(client: Client, schema: string): Promise<RunLockHolder | undefined> {
  const { rows } = await client.query<{ pid: number; application_name: string | null; host: string | null; backend_start: Date | null }>(
    HOLDER(schema),
  );
  const [row] = rows;
  if (!row) return undefined;
  return {
    pid: row.pid,
    ...(row.application_name && { application: row.application_name }),
    ...(row.host && { host: row.host }),
    ...(row.backend_start && { since: row.backend_start }),
  };
}

export interface RunLockWait {
  readonly schema: string;
  readonly waitMs: number;
  readonly interruption: AbortSignal;
  readonly onWait: (holder: RunLockHolder) => void;
}

/**
 * Makes this connection the RunLock. Polls in autocommit: a blocking wait holds a snapshot that CREATE INDEX CONCURRENTLY
 * waits for, and both would deadlock.
 * @returns milliseconds waited.
 * @throws LockstepError (exit 4) naming the holder.
 */
export async function acquireRunLock(client: Client, { schema, waitMs, interruption, onWait }: RunLockWait): Promise<number> {
  const start = Date.now();
  const look = endAbandoned(client);
  let announced: RunLockHolder | undefined;
  while (!(await tryRunLock(client, schema))) {
    const holder = await findRunLockHolder(client, schema);
    if (holder && holder.pid !== announced?.pid) {
      announced = holder;
      onWait(holder);
    }
    await look(holder?.pid);
    if (interruption.aborted) throw waitInterrupted(String(interruption.reason));
    if (holder && Date.now() - start > waitMs) throw lockHeld(holder, waitMs);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS * (0.5 + Math.random())));
  }
  return announced ? Date.now() - start : 0;
}

/** `pid 4121 (lockstep up 002_add_x, 10.0.0.7, since 2026-11-22 09:14:03 UTC)` */
function describeHolder({ pid, application, host, since }: RunLockHolder): string {
  const known = [application, host, since && `since ${since.toISOString().slice(0, 19).replace('T', ' ')} UTC`].filter(Boolean);
  return known.length > 0 ? `pid ${pid} (${known.join(', ')})` : `pid ${pid}`;
}

function lockHeld(holder: RunLockHolder, waitMs: number): LockstepError {
  return new LockstepError({
    code: 'run-lock-held',
    what: `Another run holds the RunLock: ${describeHolder(holder)}`,
    detail: `waited ${Math.round(waitMs / 1000)} s; nothing was changed`,
    next: 'npm run migrate:status   shows what it does; the lock ends with its session, so no unlock is needed',
    exitCode: 4,
  });
}

function waitInterrupted(signal: string): LockstepError {
  return new LockstepError({
    code: 'interrupted',
    what: `Interrupted by ${signal} while waiting for the RunLock; nothing was changed`,
    next: 'npm run migrate:status   shows who holds it',
    exitCode: 1,
  });
}
