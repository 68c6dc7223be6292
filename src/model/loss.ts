import type { DataLoss, ObjectName } from './effects.ts';
import type { Where } from './lockstep-error.ts';

/** The names that something may have before the plan runs: the first one that exists is meant. */
type Names = readonly ObjectName[];

/** What a statement takes away, by the names that the database knows it under today. */
export type KnownLoss = DataLoss<Names, readonly string[]>;

export interface LosingStatement {
  readonly summary: string;
  readonly where: Where;
  readonly loss: KnownLoss;
}

/** What may be lost in a step; where it does not refuse, it only reports. Keys are oids, and `oid.column` for the values of a column. */
export interface AllowedLosses {
  readonly refuses: boolean;
  readonly keys: readonly string[];
}

/** What a step took, as the server measured it in the step's own transaction. */
export interface Taken {
  readonly what: 'deleted' | 'dropped' | 'truncated' | 'column';
  readonly oid: number;
  /** `solo`; with its schema where that is not in the search path. */
  readonly object: string;
  readonly column?: string;
  /** Of what was deleted: how many. */
  readonly rows?: number;
}

export const takenName = ({ object, column }: Pick<Taken, 'object' | 'column'>): string =>
  column === undefined ? object : `${object}.${column}`;

/** `deleted 40 rows of solo`, `dropped old_table`, `dropped users.email` */
export function describeTaken(taken: Taken): string {
  if (taken.what !== 'deleted') return `${taken.what === 'truncated' ? 'emptied' : 'dropped'} ${takenName(taken)}`;
  return `deleted ${(taken.rows ?? 0).toLocaleString('en')} ${taken.rows === 1 ? 'row' : 'rows'} of ${taken.object}`;
}

/** Rows or values that would go. */
export interface Loss {
  /** `new_table`, `users.email`; with its schema where that is not in the search path. */
  readonly object: string;
  readonly what: 'rows' | 'values';
  /** Undefined where it cannot be told. */
  readonly count: number | undefined;
  readonly isEstimate: boolean;
  readonly summary: string;
  readonly where: Where;
  /** For the server, which is told what is allowed: the table's oid, and `oid.column` for values. */
  readonly key?: string;
}

/** `1,204 rows of new_table`, `about 37 values of users.email` */
export function describeLoss({ object, what, count, isEstimate }: Loss): string {
  if (count === undefined) return `${what} of ${object}`;
  const noun = count === 1 ? what.slice(0, -1) : what;
  return `${isEstimate ? 'about ' : ''}${count.toLocaleString('en')} ${noun} of ${object}`;
}
