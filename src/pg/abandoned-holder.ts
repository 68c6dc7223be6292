import type { Client } from 'pg';

const ABANDONED_MS = 60_000;

// A COPY waits for its client too, and may take its time.
const isInMidQuery = (pid: number): string => `SELECT FROM pg_catalog.pg_stat_activity
WHERE pid = ${pid} AND state = 'active' AND wait_event = 'ClientRead' AND query !~* '\\mcopy\\M'`;

/**
 * Ends a session that stands in the middle of one query for as long as a session may be idle: between the messages of an extended query it is
 * neither idle nor idle in a transaction, so no limit of the server's ever ends it (manual: protocol-flow, runtime-config-client).
 * A live client sends those messages in one piece. Whoever may not end it goes on waiting, and is told who it is.
 * @returns a look, to be taken again and again at whoever holds what is waited for.
 */
export function endAbandoned(client: Client, afterMs = ABANDONED_MS): (pid: number | undefined) => Promise<void> {
  let seen: { readonly pid: number; readonly since: number } | undefined;
  return async (pid) => {
    const { rowCount } = pid === undefined ? { rowCount: 0 } : await client.query(isInMidQuery(pid));
    if (pid === undefined || rowCount === 0) seen = undefined;
    else if (seen?.pid !== pid) seen = { pid, since: Date.now() };
    else if (Date.now() - seen.since > afterMs) await client.query(`SELECT pg_catalog.pg_terminate_backend(${pid})`).catch(() => {});
  };
}
