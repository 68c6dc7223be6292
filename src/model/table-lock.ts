import type { ObjectName } from './script.ts';

/** PostgreSQL's table lock modes that a migration waits for (manual: explicit-locking). */
export type LockMode = 'ShareUpdateExclusive' | 'Share' | 'ShareRowExclusive' | 'AccessExclusive';

/** A lock that a statement will ask for. The relation may be an index: its table is then meant. */
export interface LockNeed {
  readonly relation: ObjectName;
  readonly mode: LockMode;
}
