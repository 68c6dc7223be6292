import type { LockNeed } from './effects.ts';
import type { Effect } from './script.ts';
import type { Blocker } from './target.ts';

/** Whose locks a statement waits for that runs alone and blocks nobody meanwhile (WaitForLockers in PostgreSQL's sources). */
export function waitsOf(effect: Effect): readonly LockNeed[] {
  switch (effect.kind) {
    case 'create-index':
      return [{ relation: effect.table, mode: 'Share' }];
    case 'drop-index':
      return [{ relation: effect.index, mode: 'AccessExclusive' }];
    case 'reindex':
      return effect.target === 'index' || effect.target === 'table' ? [{ relation: effect.object, mode: 'AccessExclusive' }] : [];
    case 'detach-partition':
      return [{ relation: effect.parent, mode: 'AccessExclusive' }];
    default:
      return [];
  }
}

const LONGEST_QUERY = 100;

/** `2026-11-22 09:14:03 UTC` */
export const time = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** `pid 12 (app, backend, idle in transaction, in its transaction since …)`; a prepared transaction has no pid. */
export function describeBlocker({ pid, user, application, state, since }: Blocker): string {
  const known = [user, application, state, since && `in its transaction since ${time(since)}`].filter(Boolean).join(', ');
  if (pid === 0) return known || 'a session that cannot be seen';
  return `pid ${pid}${known ? ` (${known})` : ''}`;
}

/** What it runs, or ran last, on one line. */
export const queryOf = ({ query }: Blocker): string | undefined => query?.replace(/\s+/g, ' ').slice(0, LONGEST_QUERY);

/** The statements that end whoever is in the way, for one who may decide that; empty where nobody is known. */
export const endingOf = (blockers: readonly Blocker[]): string =>
  blockers
    .flatMap(({ pid, prepared }) => {
      if (prepared !== undefined) return [`ROLLBACK PREPARED '${prepared.replaceAll("'", "''")}';`];
      return pid > 0 ? [`SELECT pg_terminate_backend(${pid});`] : [];
    })
    .join(' ');
