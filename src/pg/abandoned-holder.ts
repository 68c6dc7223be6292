import type { Client } from 'pg';

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
