import type { Client } from 'pg';
import type { LockMode, LockNeed } from '../model/table-lock.ts';
import type { Blocker } from '../model/target.ts';
import { type BlockerRow, toBlocker } from './blockers.ts';
import { oneMessage } from './one-message.ts';
import { identifier } from './sql-text.ts';

const WRITERS = ['RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'];
const ALL = ['AccessShareLock', 'RowShareLock', 'ShareLock', ...WRITERS];

/** What each mode conflicts with (manual: explicit-locking, table 13.2). */
const CONFLICTS: Readonly<Record<LockMode, readonly string[]>> = {
  ShareUpdateExclusive: [...WRITERS.slice(1), 'ShareLock'],
  Share: WRITERS,
  ShareRowExclusive: ['ShareLock', ...WRITERS],
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
