import type { HistoryRow } from '../model/history.ts';
import type { Direction } from '../model/migration.ts';
import type { History } from './history.ts';

/** A rollback of one migration that was the last thing to happen, that was done, and whose answer never arrived. */
export interface UnansweredRollback {
  readonly run: string;
  readonly name: string;
  /** The batch of which it was. */
  readonly batch?: number;
}

/** Looks whether the command that is about to roll back the last migration has done so already, in a run that was cut off. */
export async function findUnansweredRollback(history: History, applied: readonly HistoryRow[]): Promise<UnansweredRollback | undefined> {
  const table = history.journal;
  const { rows } = await history.client.query<LastRun>(
    `SELECT run, direction, details -> 'steps' AS steps, EXISTS (SELECT FROM ${table} e WHERE e.run = s.run AND e.event = 'run-ended') AS ended,
       (SELECT (r.details -> 'row' ->> 'batch')::int FROM ${table} r WHERE r.name = s.details -> 'steps' ->> 0 AND r.details ? 'row' ORDER BY r.id DESC LIMIT 1) AS batch
     FROM ${table} s WHERE event = 'run-started' ORDER BY id DESC LIMIT 1`,
  );
  const [last] = rows;
  const [name, ...others] = last?.steps ?? [];
  if (!last || last.ended || last.direction !== 'down' || name === undefined || others.length > 0) return undefined;
  if (applied.some((row) => row.name === name)) return undefined;
  return { run: last.run, name, ...(last.batch !== null && { batch: last.batch }) };
}

interface LastRun {
  readonly run: string;
  readonly direction: Direction;
  readonly steps: readonly string[];
  readonly ended: boolean;
  readonly batch: number | null;
}
