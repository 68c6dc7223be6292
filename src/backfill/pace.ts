/** How long a batch is to take: short enough that nobody notices its row locks. Milliseconds. */
const TARGET_MS = 200;
/** Beside an application that is at work: what it writes stands behind the write-ahead log of a whole batch. */
const GENTLE_MS = 40;
const SMALLEST = 10;
const LARGEST = 50_000;

/** Rows of the first batch, where nobody says. */
export const FIRST_BATCH = 1_000;

/**
 * Rows of the next batch: what would have taken the target's time at the pace of the last one; never more than twice as many, so that one
 * fast batch of rows with nothing to do is not followed by one that is too large, and at once as few as a slow one asks for. Where others waited for the last one, half as many.
 */
export const nextBatch = (rows: number, { tookMs, waiting = 0, isGentle = false }: Took): number =>
  Math.max(SMALLEST, Math.min(waiting > 0 ? Math.round(rows / 2) : rows * 2, steadyBatch(rows, tookMs, isGentle ? GENTLE_MS : TARGET_MS)));

/** How a batch went. */
export interface Took {
  readonly tookMs: number;
  /** Sessions that waited for it. */
  readonly waiting?: number;
  /** Others are at work, or may be. */
  readonly isGentle?: boolean;
}

/** Rows of the batches to which it comes at this pace. */
export function steadyBatch(rows: number, tookMs: number, targetMs = TARGET_MS): number {
  const fitting = Math.round((rows * targetMs) / Math.max(tookMs, 1));
  return Math.max(SMALLEST, Math.min(LARGEST, fitting));
}
