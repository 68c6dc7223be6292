import type { HistoryRow, JournalDetails, JournalEvent } from '../model/history.ts';
import { versionNumber } from '../model/migration.ts';
import type { Attempt } from '../model/status.ts';
import type { Running } from '../model/target.ts';
import type { History } from './history.ts';
import { findLastInterrupted, findOpenRuns, readAttempt, readUnfinishedNames } from './journal.ts';

export interface AttemptsQuestion {
  readonly applied: readonly HistoryRow[];
  /** Names that are on disk and not applied; an attempt at anything else is past, unless it left parts behind. */
  readonly pending: ReadonlySet<string>;
  readonly running?: Running;
}

/** Attempts that did not reach history: failed ones with their error, and those whose run vanished. What runs now is neither. */
export async function readAttempts(history: History, { applied, pending, running }: AttemptsQuestion): Promise<readonly Attempt[]> {
  const appliedNames = new Set(applied.map(({ name }) => name));
  const attempts: Attempt[] = [];
  for (const name of await readUnfinishedNames(history)) {
    const attempt = toAttempt(name, await readAttempt(history, name));
    const isApplied = appliedNames.has(name);
    const matters = attempt && (attempt.direction === 'down' ? isApplied : !isApplied && (pending.has(name) || attempt.partsDone > 0));
    if (matters && name !== running?.name) attempts.push(attempt);
  }
  const known = new Set(attempts.map(({ name }) => name));
  return [...attempts, ...(await readVanished(history, { pending, ...(running && { running }) }, { appliedNames, known }))];
}

/** Runs that ended without reporting a result before they came to a step that is still open. */
async function readVanished(
  history: History,
  { pending, running }: Omit<AttemptsQuestion, 'applied'>,
  { appliedNames, known }: { readonly appliedNames: ReadonlySet<string>; readonly known: ReadonlySet<string> },
): Promise<readonly Attempt[]> {
  // Whoever finds a run that vanished closes it; until something runs again it is still the last attempt.
  const last = await findLastInterrupted(history);
  const runs = [...(await findOpenRuns(history)), ...(last ? [last] : [])].filter(({ pid }) => pid !== running?.holder.pid);
  return runs.flatMap(({ steps, direction, startedAt, by }): readonly Attempt[] => {
    const name = steps.find((step) => (direction === 'down' ? appliedNames.has(step) : pending.has(step)));
    if (!name || known.has(name)) return [];
    return [
      { name, direction, state: 'interrupted', at: startedAt, partsDone: 0, error: `the run by ${by} ended without reporting a result` },
    ];
  });
}

function toAttempt(name: string, events: readonly JournalEvent[]): Attempt | undefined {
  const last = events.at(-1);
  if (!last) return undefined;
  const partsDone = new Set(events.filter(({ event }) => event === 'part-done').map(({ part }) => part)).size;
  const failed = events.findLast(({ event }) => event === 'step-failed');
  const isFailure = last === failed && failed.details.interruptedBy === undefined;
  const error = last === failed ? String(failed.details.error ?? '') : 'its run ended without reporting a result';
  return {
    name,
    direction: last.direction ?? 'up',
    state: isFailure ? 'failed' : 'interrupted',
    at: last.at,
    partsDone,
    ...(error && { error }),
    ...(last === failed && textsOf(failed.details)),
  };
}

const textsOf = ({ code, where }: JournalDetails): Pick<Attempt, 'code' | 'where'> => ({
  ...(typeof code === 'string' && { code }),
  ...(typeof where === 'string' && { where }),
});

/** Names of migrations that are not in history and of which an attempt applied parts, highest version first. */
export async function findPartial(history: History, applied: readonly HistoryRow[]): Promise<readonly string[]> {
  const attempts = await readAttempts(history, { applied, pending: new Set() });
  return attempts
    .filter(({ direction, partsDone }) => direction === 'up' && partsDone > 0)
    .map(({ name }) => name)
    .sort((a, b) => (versionNumber(a) < versionNumber(b) ? 1 : -1));
}
