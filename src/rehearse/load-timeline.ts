/** When, of a migration under load, which locks were held and who waited. */
import type { LoadedStatement, LockSpan, Wait } from '../model/rehearsal.ts';
import type { Held, Relation } from './lock-polls.ts';
import type { Recorded, Traced } from './recorded.ts';
import type { Operation } from './workload.ts';

/** From the weakest to the strongest (manual: explicit-locking, Table-Level Locks). AccessShare keeps nobody waiting but DDL. */
const MODES = ['RowShare', 'RowExclusive', 'ShareUpdateExclusive', 'Share', 'ShareRowExclusive', 'Exclusive', 'AccessExclusive'];

export function strongest(relations: readonly Relation[], held: readonly Held[]): LoadedStatement['locks'] {
  return relations.flatMap(({ oid, name, isTable }) => {
    const ranks = held.flatMap(([relation, mode]) => (relation === oid ? [MODES.indexOf(mode.replace(/Lock$/, ''))] : []));
    const mode = MODES[Math.max(-1, ...ranks)];
    return isTable && mode !== undefined ? [{ table: name, mode }] : [];
  });
}

interface Sample {
  readonly at: number;
  readonly held: readonly Held[];
}

/** Looks from outside, and those of the migration itself: where none fell into a statement, it held from its beginning what it held at its end. */
function samplesOf({ polls, statements, run }: Recorded): readonly Sample[] {
  const own = ({ from, to, seen }: Traced): readonly Sample[] => {
    if (!seen) return [];
    const inside = polls.filter(({ at }) => at >= from && at <= to);
    // The last statement ends behind the COMMIT, which lets go of everything.
    const isOver = inside.at(-1)?.held.length === 0 && inside.some(({ held }) => held.length > 0);
    const atEnd = isOver ? [] : [{ at: to, held: seen.held }];
    return inside.length > 0 ? atEnd : [{ at: from, held: seen.held }, ...atEnd];
  };
  return [...polls, ...statements.flatMap(own)].filter(({ at }) => at >= run.from && at <= run.to).toSorted((a, b) => a.at - b.at);
}

/** Looks that follow each other and show the same are one span. */
export function locksOver(recorded: Recorded): readonly LockSpan[] {
  const spans: LockSpan[] = [];
  let open: readonly LockSpan[] = [];
  for (const { at, held } of samplesOf(recorded)) {
    const toMs = at - recorded.run.from;
    const next = strongest(recorded.relations, held).map(({ table, mode }): LockSpan => {
      const before = open.find((one) => one.table === table && one.mode === mode);
      return { table, mode, fromMs: before?.fromMs ?? toMs, toMs };
    });
    const goesOn = (one: LockSpan): boolean => next.some(({ table, mode }) => table === one.table && mode === one.mode);
    spans.push(...open.filter((one) => !goesOn(one)));
    open = next;
  }
  return [...spans, ...open].toSorted((a, b) => a.fromMs - b.fromMs);
}

/** So many are enough for a picture, and those that are shorter than a hundredth of it are not seen there. */
const MOST_WAITS = 100;
const SHORTEST = 0.01;

/** @param noiseMs what they wait without any migration */
export function longestWaits({ operations, run }: Recorded, noiseMs: number): readonly Wait[] {
  const shortestMs = Math.max(noiseMs, (run.to - run.from) * SHORTEST);
  const length = ({ dueAt, endedAt }: Operation): number => endedAt - dueAt;
  return operations
    .filter((one) => one.endedAt > run.from && one.dueAt < run.to && length(one) > shortestMs)
    .toSorted((a, b) => length(b) - length(a))
    .slice(0, MOST_WAITS)
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .map((one) => ({ kind: one.kind, what: one.what, fromMs: one.dueAt - run.from, ms: length(one) }));
}
