import type { BackfillProgress } from './backfill.ts';
import type { Job } from './background.ts';

/** How far a job is, of all who work on it. */
export function progressOf({ name, part, rows, key, rate }: Job): Omit<BackfillProgress, 'batch'> {
  const total = key.rows === undefined ? undefined : Math.max(Math.round(key.rows), rows);
  const rowsPerSecond = Math.round(rate);
  return {
    name,
    part,
    rows,
    rowsPerSecond,
    ...(total !== undefined && { totalRows: total }),
    ...(total !== undefined && rowsPerSecond > 0 && { remainingMs: Math.round(((total - rows) * 1_000) / rowsPerSecond) }),
  };
}
