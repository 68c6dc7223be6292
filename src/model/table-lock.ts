import type { Effect, ObjectName } from './script.ts';

/** PostgreSQL's table lock modes that a migration waits for (manual: explicit-locking). */
export type LockMode = 'ShareUpdateExclusive' | 'Share' | 'ShareRowExclusive' | 'AccessExclusive';

/** A lock that a statement will ask for. The relation may be an index: its table is then meant. */
export interface LockNeed {
  readonly relation: ObjectName;
  readonly mode: LockMode;
}

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
