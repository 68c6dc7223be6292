import type { Load } from '../model/rehearsal.ts';
import type { Poll, Relation, Seen } from './lock-polls.ts';
import type { Operation } from './workload.ts';

/** A stretch of time, by `performance.now()`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A statement as it was traced. */
export interface Traced extends Window {
  readonly what: string;
  readonly line?: number;
  /** Its text, for advice. */
  readonly text: string;
  /** Written to files for sorting and hashing. */
  readonly tempBytes: number;
  /** What its own session saw behind it; absent where it ran without a transaction. */
  readonly seen?: Seen;
}

/** All that was recorded of one migration. */
export interface Recorded {
  readonly workload?: Load['workload'];
  readonly tables: Load['tables'];
  readonly relations: readonly Relation[];
  readonly run: Window;
  readonly before: Seen;
  readonly after: Seen;
  readonly statements: readonly Traced[];
  readonly polls: readonly Poll[];
  readonly operations: readonly Operation[];
}
