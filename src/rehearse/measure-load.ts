import { given } from '../model/given.ts';
import type { Load, LoadedStatement } from '../model/rehearsal.ts';
import { locksOver, longestWaits, strongest } from './load-timeline.ts';
import type { Relation, Seen } from './lock-polls.ts';
import type { Recorded, Traced, Window } from './recorded.ts';
import type { Operation } from './workload.ts';

/** The longest that an operation waited within a window, and which one. */
export interface Stall {
  readonly ms: number;
  readonly operation?: Operation;
}

export function longestStall(operations: readonly Operation[], { from, to }: Window, kind?: Operation['kind']): Stall {
  let longest: Stall = { ms: 0 };
  for (const operation of operations) {
    if (kind !== undefined && operation.kind !== kind) continue;
    const ms = Math.min(operation.endedAt, to) - Math.max(operation.dueAt, from);
    if (ms > longest.ms) longest = { ms, operation };
  }
  return longest;
}

export function measureLoad(recorded: Recorded): Load {
  const { operations, run, tables, statements } = recorded;
  const isOutside = ({ dueAt, endedAt }: Operation): boolean => endedAt < run.from || dueAt > run.to;
  const noiseMs = longestStall(operations.filter(isOutside), { from: 0, to: Number.POSITIVE_INFINITY }).ms;
  return {
    ...given({ workload: recorded.workload }),
    tables,
    ms: run.to - run.from,
    noiseMs,
    readStallMs: longestStall(operations, run, 'read').ms,
    writeStallMs: longestStall(operations, run, 'write').ms,
    statements: statements.map((one, i) => measureStatement(recorded, one, i)),
    locks: locksOver(recorded),
    waits: longestWaits(recorded, noiseMs),
  };
}

function measureStatement(recorded: Recorded, one: Traced, i: number): LoadedStatement {
  const { relations, operations, polls } = recorded;
  const during = polls.filter(({ at }) => at >= one.from && at <= one.to);
  return {
    what: one.what,
    ...(one.line !== undefined && { line: one.line }),
    fromMs: one.from - recorded.run.from,
    ms: one.to - one.from,
    locks: strongest(relations, one.seen?.held ?? during.flatMap(({ held }) => held)),
    rewritten: rewrittenBy(recorded, one, i),
    walBytes: walAt(recorded, one.to) - walAt(recorded, one.from),
    ...(one.tempBytes > 0 && { tempBytes: one.tempBytes }),
    readStallMs: longestStall(operations, one, 'read').ms,
    writeStallMs: longestStall(operations, one, 'write').ms,
    blocked: Math.max(0, ...during.map(({ blocked }) => blocked)),
  };
}

type Filenodes = Seen['filenodes'];

/** A relation that is written anew gets another file. */
const changed = (relations: readonly Relation[], before: Filenodes, after: Filenodes): readonly string[] =>
  relations
    .filter(({ oid }) => before[oid] !== undefined && after[oid] !== undefined && before[oid] !== after[oid])
    .map(({ name }) => name);

/** In a transaction its own session tells; what nobody saw happen there was done by the statements that ran without one. */
function rewrittenBy({ relations, before, after, statements }: Recorded, { seen }: Traced, i: number): readonly string[] {
  const earlier = statements.slice(0, i).findLast((one) => one.seen)?.seen ?? before;
  if (seen) return changed(relations, earlier.filenodes, seen.filenodes);
  const later = statements.slice(i + 1).find((one) => one.seen)?.seen;
  const isFirst = statements[i - 1] === undefined || statements[i - 1]?.seen !== undefined;
  return isFirst && !later ? changed(relations, earlier.filenodes, after.filenodes) : [];
}

/** As far as the log had come at a moment, as the last reading before it says. */
function walAt({ before, after, run, statements, polls }: Recorded, at: number): number {
  const readings = [
    { at: run.from, walBytes: before.walBytes },
    ...polls,
    ...statements.flatMap(({ to, seen }) => (seen ? [{ at: to, walBytes: seen.walBytes }] : [])),
    { at: run.to, walBytes: after.walBytes },
  ];
  return Math.max(...readings.filter((one) => one.at <= at).map(({ walBytes }) => walBytes), before.walBytes);
}
