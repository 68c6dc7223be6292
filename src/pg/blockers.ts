import type { Client } from 'pg';
import type { Blocker } from '../model/target.ts';
import { oneMessage } from './one-message.ts';

export interface BlockerRow {
  readonly pid: number | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly since: Date | null;
  readonly query: string | null;
  readonly prepared?: string | null;
}

export const toBlocker = ({ pid, user, application, state, since, query, prepared }: BlockerRow): Blocker => ({
  pid: pid ?? 0,
  ...(user && { user }),
  ...(application && { application }),
  ...(state && { state }),
  ...(since && { since }),
  ...(query && { query }),
  ...(prepared && { prepared }),
});

// pg_blocking_pids has a 0 for each prepared transaction (manual: functions-info); which one, the lock tells that is waited for.
const BLOCKERS = `
WITH waiting AS (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids($1)) AS pid)
SELECT a.pid, a.usename::text AS user, coalesce(nullif(a.application_name, ''), a.backend_type) AS application, a.state, a.xact_start AS since, left(a.query, 200) AS query, NULL AS prepared
FROM waiting JOIN pg_catalog.pg_stat_activity a USING (pid)
UNION ALL
SELECT DISTINCT NULL::int, NULL, NULL, 'prepared transaction ' || p.gid, p.prepared, NULL, p.gid
FROM pg_catalog.pg_locks w
JOIN pg_catalog.pg_locks h ON h.granted AND h.pid IS NULL AND h.locktype = w.locktype
  AND (h.database, h.relation, h.page, h.tuple, h.transactionid, h.classid, h.objid) IS NOT DISTINCT FROM (w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid)
JOIN pg_catalog.pg_locks x ON x.pid IS NULL AND x.locktype = 'transactionid' AND x.virtualtransaction = h.virtualtransaction
JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
WHERE w.pid = $1 AND NOT w.granted AND 0 IN (SELECT pid FROM waiting)`;

/** Whom a session waits for at this moment. */
export async function findBlockers(client: Client, pid: number): Promise<readonly Blocker[]> {
  const { rows } = await client.query<BlockerRow>(BLOCKERS, [pid]);
  return rows.map(toBlocker);
}

const STILL_OPEN = `
SELECT a.pid, a.xact_start AS since, NULL AS prepared FROM pg_catalog.pg_stat_activity a WHERE a.pid::text = ANY ($1)
UNION ALL SELECT 0, p.prepared, p.gid FROM pg_catalog.pg_prepared_xacts p WHERE p.gid = ANY ($2)`;

/** Those that are still in the transaction in which they were seen. */
export async function stillOpen(client: Client, blockers: readonly Blocker[]): Promise<readonly Blocker[]> {
  if (blockers.length === 0) return [];
  const gids = blockers.flatMap(({ prepared }) => (prepared === undefined ? [] : [prepared]));
  const { rows } = await client.query<Pick<BlockerRow, 'since' | 'prepared'> & { readonly pid: number }>(
    oneMessage(STILL_OPEN, [blockers.map(({ pid }) => String(pid)), gids]),
  );
  return blockers.filter((blocker) =>
    rows.some(
      ({ pid, since, prepared }) =>
        pid === blocker.pid && (prepared ?? undefined) === blocker.prepared && since?.getTime() === blocker.since?.getTime(),
    ),
  );
}
