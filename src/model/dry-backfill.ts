import type { Where } from './lockstep-error.ts';
import type { Target } from './target.ts';

/** What a backfill is going to do, as far as can be told beforehand. */
export interface DryBackfill {
  readonly name: string;
  readonly where: Where;
  /** `UPDATE users`. */
  readonly what: string;
  /** Columns along which it walks; none: along the pages of the table. */
  readonly along?: readonly string[];
  /** Still to be walked over, as the server estimates it; absent where it does not know. */
  readonly rows?: number;
  /** That an earlier run has done. */
  readonly done: number;
  /** Rows of a batch: as the file says, or as they come out at the pace of the first one. */
  readonly batch?: number;
  readonly pauseMs: number;
  /** How long the first batch took before it was rolled back, and how many rows it walked over. */
  readonly measured?: { readonly rows: number; readonly ms: number };
  readonly explain: readonly string[];
  /** Why nothing more can be told. */
  readonly problem?: string;
}

export interface DryBackfills {
  readonly environment: string;
  readonly server: Target;
  readonly backfills: readonly DryBackfill[];
  readonly isMeasured: boolean;
}

/** How many batches are left, and how long they take at the pace of the first. */
export function estimate({ rows, batch, measured, pauseMs }: DryBackfill): { readonly batches: number; readonly ms: number } | undefined {
  if (rows === undefined || batch === undefined || !measured || measured.rows === 0) return undefined;
  const batches = Math.ceil(rows / batch);
  return { batches, ms: (rows / measured.rows) * measured.ms + batches * pauseMs };
}
