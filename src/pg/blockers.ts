import type { Client } from 'pg';
import type { LockMode, LockNeed } from '../model/effects.ts';
import { given } from '../model/given.ts';
import type { Blocker } from '../model/target.ts';
import { identifier, oneMessage } from './sql-text.ts';

export interface BlockerRow {
  readonly pid: number | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly since: Date | null;
  readonly query: string | null;
  readonly prepared?: string | null;
}

const toBlocker = ({ pid, ...rest }: BlockerRow): Blocker => ({ pid: pid ?? 0, ...given(rest) });

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

const WRITERS = ['RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'];
const ALL = ['AccessShareLock', 'RowShareLock', 'ShareLock', ...WRITERS];

/** What each mode conflicts with (manual: explicit-locking, table 13.2). */
const CONFLICTS: Readonly<Record<LockMode, readonly string[]>> = {
  ShareUpdateExclusive: [...WRITERS.slice(1), 'ShareLock'],
  Share: WRITERS,
  ShareRowExclusive: ['ShareLock', ...WRITERS],
  Exclusive: ['RowShareLock', 'ShareLock', ...WRITERS],
  AccessExclusive: ALL,
};

const SESSIONS = `
SELECT DISTINCT ON (l.pid, p.gid) l.pid, a.usename::text AS user, coalesce(nullif(a.application_name, ''), a.backend_type) AS application,
  CASE WHEN p.gid IS NULL THEN a.state ELSE 'prepared transaction ' || p.gid END AS state, p.gid AS prepared, coalesce(a.xact_start, p.prepared) AS since, left(a.query, 200) AS query
FROM (SELECT coalesce(i.indrelid, pg_catalog.to_regclass(w.name)) AS relation, w.conflicts
      FROM pg_catalog.json_to_recordset($1) AS w(name text, conflicts text[]) LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = pg_catalog.to_regclass(w.name)) wanted
JOIN pg_catalog.pg_locks l ON l.locktype = 'relation' AND l.granted AND l.relation = wanted.relation AND l.mode = ANY (wanted.conflicts)
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
-- A prepared transaction has no pid; it holds the lock of its own transaction id too.
LEFT JOIN pg_catalog.pg_locks x ON l.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid' AND x.virtualtransaction = l.virtualtransaction
LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()`;

const isBefore = (ms: number): string => `a.xact_start < pg_catalog.clock_timestamp() - interval '${Math.round(ms)} ms'`;

// A short transaction is gone before anybody has waited for it; an ordinary autovacuum gives way.
const areOlder = (ms: number): string => `
  AND (p.gid IS NOT NULL OR a.state IS NULL OR ${isBefore(ms)})
  AND (a.backend_type IS DISTINCT FROM 'autovacuum worker' OR a.query LIKE '%to prevent wraparound%')`;

// What CONCURRENTLY waits for besides locks: whoever might still look at the table as it was (manual: sql-createindex).
const OLD_SNAPSHOTS = `
SELECT a.pid, a.usename::text AS user, coalesce(nullif(a.application_name, ''), a.backend_type) AS application, a.state, a.xact_start AS since, left(a.query, 200) AS query
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.backend_xmin IS NOT NULL
  AND a.backend_type <> 'autovacuum worker'`;

/**
 * Sessions and prepared transactions whose locks conflict with what is needed. Takes no lock on the tables.
 * @param olderThanMs leaves out younger transactions, which will be gone in a moment
 */
export async function findInTheWay(client: Client, needs: readonly LockNeed[], olderThanMs?: number): Promise<readonly Blocker[]> {
  if (needs.length === 0) return [];
  const wanted = needs.map(({ relation: { schema, name }, mode }) => ({
    name: [...(schema ? [schema] : []), name].map(identifier).join('.'),
    conflicts: CONFLICTS[mode],
  }));
  const { rows } = await client.query<BlockerRow>(
    oneMessage(`${SESSIONS} ${olderThanMs === undefined ? '' : areOlder(olderThanMs)}`, [JSON.stringify(wanted)]),
  );
  return rows.map(toBlocker);
}

/**
 * Whom a CONCURRENTLY would have to wait for: whoever might still look at the table as it was, and whoever holds a lock that conflicts,
 * a prepared transaction too.
 */
export async function findOldTransactions(client: Client, needs: readonly LockNeed[], olderThanMs: number): Promise<readonly Blocker[]> {
  const lockers = await findInTheWay(client, needs, olderThanMs);
  const { rows } = await client.query<BlockerRow>(`${OLD_SNAPSHOTS} AND ${isBefore(olderThanMs)}`);
  const others = rows.map(toBlocker).filter(({ pid }) => !lockers.some((locker) => locker.pid === pid));
  return [...lockers, ...others];
}
