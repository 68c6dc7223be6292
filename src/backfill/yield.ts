import { readBackfills } from '../history/backfills.ts';
import type { History } from '../history/history.ts';

/** A replica may be so far behind: what it has not replayed yet. Bytes, and seconds of time. */
const LAG_BYTES = 64 * 1024 * 1024;
const LAG_SECONDS = 10;
/** Write-ahead log that a slot holds back. Bytes. */
const RETAINED_BYTES = 1024 * 1024 * 1024;

const LAGGING = `
SELECT coalesce(nullif(application_name, ''), client_addr::text, 'a replica') AS who, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn)::float8 AS bytes,
  coalesce(extract(epoch FROM replay_lag), 0)::float8 AS seconds
FROM pg_catalog.pg_stat_replication WHERE replay_lsn IS NOT NULL
  AND (pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn) > ${LAG_BYTES} OR replay_lag > interval '${LAG_SECONDS} s')
UNION ALL
SELECT 'the slot ' || slot_name, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::float8, 0
FROM pg_catalog.pg_replication_slots WHERE active AND restart_lsn IS NOT NULL AND pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn) > ${RETAINED_BYTES}
LIMIT 1`;

interface Lagging {
  readonly who: string;
  readonly bytes: number;
  readonly seconds: number;
}

/** Why a backfill is to wait now: somebody has paused it, or a replica cannot follow. Undefined: it may go on. */
export async function findHold(
  history: History,
  { name, checksum }: { readonly name: string; readonly checksum: string },
): Promise<string | undefined> {
  const kept = (await readBackfills(history)).find((one) => one.name === name && one.checksum === checksum);
  if (kept?.pausedBy !== undefined) return `paused by ${kept.pausedBy}; npm run migrate:resume`;
  return findLag(history);
}

/** Which replica cannot follow; undefined where all do. */
export async function findLag({ client }: Pick<History, 'client'>): Promise<string | undefined> {
  const { rows } = await client.query<Lagging>(LAGGING);
  const [lagging] = rows;
  return (
    lagging &&
    `${lagging.who} is behind by ${Math.round(lagging.bytes / 1024 / 1024)} MB${lagging.seconds > 0 ? `, ${Math.round(lagging.seconds)} s` : ''}`
  );
}
