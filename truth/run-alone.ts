// A statement outside of a transaction leaves nothing to look at: it is made to wait, once behind each lock that it could wait for.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Mode, strongest } from './cell.ts';
import { isStored, type Relation, readLocks, type Seen, tryPast } from './relations.ts';
import type { Sessions } from './sessions.ts';

/**
 * A reader, a writer and one that keeps others from maintenance, for each table: nobody waits for them but who has to. One after the other
 * gives way when somebody waits for it, and each time all locks are looked at, those that are waited for as well.
 */
export async function runAlone(sessions: Sessions, relations: readonly Relation[], statements: readonly string[]): Promise<Seen> {
  let seen: Seen = { locks: {}, readersWait: [], writersWait: [] };
  for (const sql of statements) seen = merged(seen, await watch(sessions, relations, sql));
  return seen;
}

async function watch(sessions: Sessions, relations: readonly Relation[], sql: string): Promise<Seen> {
  const { subject, observer, pid } = sessions;
  const holders = await hold(sessions, relations);
  let end: { readonly error?: unknown } | undefined;
  const running = subject.query(sql).then(
    () => {
      end = {};
    },
    (error: unknown) => {
      end = { error };
    },
  );
  let seen: Seen = { locks: {}, readersWait: [], writersWait: [] };
  while (!end) {
    const inTheWay = await blockersOf(observer, pid, holders);
    if (inTheWay.length === 0) await Promise.race([running, sleep(2)]);
    else {
      const locks = await readLocks(observer, pid, relations);
      seen = merged(seen, { locks, ...(await tryPast(observer, relations)) });
      for (const holder of inTheWay) await letGo(holders, holder);
    }
  }
  for (const holder of holders.keys()) await letGo(holders, holder);
  if ('error' in end) throw end.error;
  return seen;
}

/** By the pid of who holds. */
type Holders = Map<number, pg.Client>;

async function hold(sessions: Sessions, relations: readonly Relation[]): Promise<Holders> {
  const holders: Holders = new Map();
  const locks = relations.filter(isStored).flatMap(({ qualified, kind }) => [
    // A query locks the indexes as well.
    `SELECT 1 FROM ONLY ${qualified} LIMIT 0`,
    // LOCK takes no materialized view.
    ...(kind === 'm' ? [] : ['ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE'].map((mode) => `LOCK TABLE ONLY ${qualified} IN ${mode} MODE`)),
  ]);
  for (const [index, sql] of locks.entries()) {
    const holder = await sessions.holder(index);
    await holder.query('BEGIN');
    await holder.query(sql);
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    holders.set(rows[0]?.pid ?? 0, holder);
  }
  return holders;
}

async function letGo(holders: Holders, pid: number): Promise<void> {
  await holders.get(pid)?.query('ROLLBACK');
  holders.delete(pid);
}

async function blockersOf(observer: pg.Client, pid: number, holders: Holders): Promise<readonly number[]> {
  const { rows } = await observer.query<{ pids: readonly number[] }>('SELECT pg_blocking_pids($1) AS pids', [pid]);
  return (rows[0]?.pids ?? []).filter((one) => holders.has(one));
}

function merged(one: Seen, other: Seen): Seen {
  const locks: Record<string, Mode> = { ...one.locks };
  for (const [name, mode] of Object.entries(other.locks)) locks[name] = strongest(locks[name], mode);
  const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])].sort();
  return {
    locks: Object.fromEntries(Object.entries(locks).sort(([a], [b]) => (a < b ? -1 : 1))),
    readersWait: union(one.readersWait, other.readersWait),
    writersWait: union(one.writersWait, other.writersWait),
  };
}
