import type { Client } from 'pg';
import { readBackfills } from '../history/backfills.ts';
import type { History } from '../history/history.ts';
import type { BackfillOptions } from '../model/backfill.ts';
import { literal } from '../pg/sql-text.ts';
import type { Took } from './pace.ts';

const MB = 1024 * 1024;
/** A replica may be so far behind: what it has not replayed yet. */
const LAG_BYTES = 64 * MB;
const LAG_SECONDS = 10;
/** One that stands still is noticed sooner: so much that we wrote so long ago is not replayed. What it has replayed it tells as it receives, so the last bytes of a quiet minute count for nothing. */
const STILL_BYTES = MB;
const STILL_MS = 1_000;
/** Write-ahead log that a slot holds back. */
const RETAINED_BYTES = 1024 * MB;
/** Transactions of others in a second that are an application at work; a batch of ours has up to so many. */
const BUSY = 20;
const OUR_TRANSACTIONS = 5;
/** Counted over so long, at least and at most: a session tells what it did once a second, ours too (manual: monitoring-stats), so what we did a moment before is counted in a short while as somebody else's. */
const COUNTED_MS = 1_500;
const COUNTED_MOST_MS = 4_000;
/** More dead than alive, and so many: autovacuum is outrun. */
const FEW_DEAD = 100_000;

interface Look {
  readonly now: number;
  readonly commits: number;
  /** Sessions of ours, this one too. */
  readonly ours: number;
  readonly replicas: readonly { readonly who: string; readonly replayed: number; readonly seconds: number }[] | null;
  readonly slots: readonly { readonly who: string; readonly kept: number }[] | null;
  readonly dead: { readonly dead: number; readonly live: number } | null;
}

const bytes = (lsn: string): string => `pg_catalog.pg_wal_lsn_diff(${lsn}, '0/0')::float8`;

const lookAt = (table: string): string => `
SELECT ${bytes('pg_catalog.pg_current_wal_lsn()')} AS now,
  (SELECT sum(xact_commit)::float8 FROM pg_catalog.pg_stat_database) AS commits,
  (SELECT greatest(count(*), 1)::int FROM pg_catalog.pg_stat_activity WHERE application_name LIKE 'lockstep %') AS ours,
  (SELECT json_agg(json_build_object('who', coalesce(nullif(application_name, ''), client_addr::text, 'a replica'), 'replayed', ${bytes('replay_lsn')}, 'seconds', coalesce(extract(epoch FROM replay_lag), 0)))
     FROM pg_catalog.pg_stat_replication WHERE replay_lsn IS NOT NULL) AS replicas,
  (SELECT json_agg(json_build_object('who', 'the slot ' || slot_name, 'kept', ${bytes('restart_lsn')})) FROM pg_catalog.pg_replication_slots WHERE active AND restart_lsn IS NOT NULL) AS slots,
  (SELECT json_build_object('dead', sum(n_dead_tup), 'live', sum(n_live_tup)) FROM pg_catalog.pg_stat_all_tables s JOIN pg_catalog.pg_class c ON c.oid = s.relid
     WHERE (c.oid = t.oid OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(t.oid)))
       AND pg_catalog.current_setting('autovacuum')::bool AND NOT coalesce(c.reloptions && '{autovacuum_enabled=false,autovacuum_enabled=off}', false)) AS dead
FROM (SELECT pg_catalog.to_regclass(${literal(table)}) AS oid) t`;

/** Looks between two batches at whom a backfill would hurt, and remembers what it saw: how fast the log grows, since when a replica stands still, and how much others do. */
export class Others {
  private written: readonly { readonly at: number; readonly lsn: number; readonly commits: number }[] = [];
  /** Others may be at work: short batches. Nobody knows in the first moments. */
  isGentle = false;
  /** Who is at work, as far as that is known. */
  atWork: string | undefined;

  /** @param table that is walked, quoted. @returns why to wait; undefined: it may go on */
  async inTheWay(client: Client, table: string, { yields = true, walPerSecond }: BackfillOptions): Promise<string | undefined> {
    if (!yields && walPerSecond === undefined) return undefined;
    const { rows } = await client.query<Look>(lookAt(table));
    const [look] = rows;
    if (!look) return undefined;
    const [last] = this.written.slice(-1);
    const now = performance.now();
    this.written = [...this.written.slice(-200), { at: now, lsn: look.now, commits: look.commits }];
    if (yields) this.seeWhoWorks(look);
    return (
      (yields ? (this.lagging(look, now) ?? retained(look) ?? bloated(look)) : undefined) ??
      (walPerSecond === undefined || !last ? undefined : this.tooFast(walPerSecond, now))
    );
  }

  private lagging({ replicas, now: lsn }: Look, now: number): string | undefined {
    for (const { who, replayed, seconds } of replicas ?? []) {
      const behind = lsn - replayed;
      const since = this.written.find((one) => one.lsn > replayed)?.at ?? now;
      const isStill = behind > STILL_BYTES && now - since > STILL_MS;
      if (!(isStill || behind > LAG_BYTES || seconds > LAG_SECONDS)) continue;
      return `${who} is behind by ${megabytes(behind)}, ${Math.round(Math.max(seconds, (now - since) / 1_000))} s`;
    }
    return undefined;
  }

  private seeWhoWorks({ ours }: Look): void {
    const others = othersPerSecond(this.written, ours);
    this.isGentle = others === undefined || others > BUSY;
    this.atWork = others !== undefined && others > BUSY ? `about ${Number(others.toPrecision(1))} transactions a second` : undefined;
  }

  /** Whoever waited gets as long as they had to wait, and who is at work as long as the batch took. Milliseconds. */
  room({ tookMs, waiting = 0 }: Took, pauseMs = 0): number {
    return Math.max(pauseMs, waiting > 0 || this.atWork !== undefined ? tookMs : 0);
  }

  /** Over the last second or so: what one batch writes at once is spread over it. */
  private tooFast(limit: number, now: number): string | undefined {
    const [newest] = this.written.slice(-1);
    const oldest = this.written.findLast(({ at }) => now - at >= STILL_MS) ?? this.written[0];
    if (!newest || !oldest || newest === oldest) return undefined;
    const perSecond = ((newest.lsn - oldest.lsn) * 1_000) / Math.max(now - oldest.at, 1);
    return perSecond > limit
      ? `the write-ahead log grows by ${megabytes(perSecond)} a second, and ${megabytes(limit)} are allowed`
      : undefined;
  }
}

/**
 * Transactions of others in a second, and rather too few than ours among them.
 * @param looks in their order: when, in milliseconds, and how many transactions the server has counted
 * @param sessions of ours, each of which does as much as this one
 * @returns undefined where nobody has looked for long enough
 */
export function othersPerSecond(looks: readonly { readonly at: number; readonly commits: number }[], sessions: number): number | undefined {
  const [last] = looks.slice(-1);
  const first = last && looks.find(({ at }) => last.at - at <= COUNTED_MOST_MS);
  if (!last || !first || last.at - first.at < COUNTED_MS) return undefined;
  const own = looks.filter(({ at }) => at >= first.at).length * OUR_TRANSACTIONS * sessions;
  return ((last.commits - first.commits - own) * 1_000) / (last.at - first.at);
}

const megabytes = (many: number): string => `${Math.round(many / MB).toLocaleString('en')} MB`;

function retained({ slots, now }: Look): string | undefined {
  const slot = (slots ?? []).find(({ kept }) => now - kept > RETAINED_BYTES);
  return slot && `${slot.who} holds back ${megabytes(now - slot.kept)} of write-ahead log`;
}

const bloated = ({ dead: found }: Look): string | undefined =>
  found && found.dead > FEW_DEAD && found.dead > found.live
    ? `autovacuum is outrun: ${found.dead.toLocaleString('en')} dead rows beside ${found.live.toLocaleString('en')}`
    : undefined;

/** Who has paused it, as a reason to wait. */
export async function findPause(
  history: History,
  { name, checksum, environment }: { readonly name: string; readonly checksum: string; readonly environment: string },
): Promise<string | undefined> {
  const kept = (await readBackfills(history)).find((one) => one.name === name && one.checksum === checksum);
  return kept?.pausedBy === undefined ? undefined : pausedBy(kept.pausedBy, environment);
}

export const pausedBy = (who: string, environment: string): string => `paused by ${who}; npm run migrate:resume -- --env ${environment}`;
