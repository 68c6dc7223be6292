import type { Load, LoadedStatement } from '../model/rehearsal.ts';
import type { Held, Poll, Relation, Seen } from './lock-polls.ts';
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
  /** What its own session saw behind it; absent where it ran without a transaction. */
  readonly seen?: Seen;
}

/** All that was recorded of one migration. */
export interface Recorded {
  readonly tables: Load['tables'];
  readonly relations: readonly Relation[];
  readonly run: Window;
  readonly before: Seen;
  readonly after: Seen;
  readonly statements: readonly Traced[];
  readonly polls: readonly Poll[];
  readonly operations: readonly Operation[];
}

/** The longest that an operation waited within a window, and which one. */
export interface Stall {
  readonly ms: number;
  readonly operation?: Operation;
}

export function longestStall(operations: readonly Operation[], { from, to }: Window, verb?: Operation['verb']): Stall {
  let longest: Stall = { ms: 0 };
  for (const operation of operations) {
    if (verb !== undefined && operation.verb !== verb) continue;
    const ms = Math.min(operation.endedAt, to) - Math.max(operation.dueAt, from);
    if (ms > longest.ms) longest = { ms, operation };
  }
  return longest;
}

export function measureLoad(recorded: Recorded): Load {
  const { operations, run, tables, statements } = recorded;
  const isOutside = ({ dueAt, endedAt }: Operation): boolean => endedAt < run.from || dueAt > run.to;
  return {
    tables,
    ms: run.to - run.from,
    noiseMs: longestStall(operations.filter(isOutside), { from: 0, to: Number.POSITIVE_INFINITY }).ms,
    readStallMs: longestStall(operations, run, 'SELECT').ms,
    writeStallMs: longestStall(operations, run, 'UPDATE').ms,
    statements: statements.map((one, i) => measureStatement(recorded, one, i)),
  };
}

function measureStatement(recorded: Recorded, one: Traced, i: number): LoadedStatement {
  const { relations, operations, polls } = recorded;
  const during = polls.filter(({ at }) => at >= one.from && at <= one.to);
  return {
    what: one.what,
    ...(one.line !== undefined && { line: one.line }),
    ms: one.to - one.from,
    locks: strongest(relations, one.seen?.held ?? during.flatMap(({ held }) => held)),
    rewritten: rewrittenBy(recorded, one, i),
    walBytes: walAt(recorded, one.to) - walAt(recorded, one.from),
    readStallMs: longestStall(operations, one, 'SELECT').ms,
    writeStallMs: longestStall(operations, one, 'UPDATE').ms,
    blocked: Math.max(0, ...during.map(({ blocked }) => blocked)),
  };
}

/** From the weakest to the strongest (manual: explicit-locking, Table-Level Locks). AccessShare keeps nobody waiting but DDL. */
const MODES = ['RowShare', 'RowExclusive', 'ShareUpdateExclusive', 'Share', 'ShareRowExclusive', 'Exclusive', 'AccessExclusive'];

function strongest(relations: readonly Relation[], held: readonly Held[]): LoadedStatement['locks'] {
  return relations.flatMap(({ oid, name, isTable }) => {
    const ranks = held.flatMap(([relation, mode]) => (relation === oid ? [MODES.indexOf(mode.replace(/Lock$/, ''))] : []));
    const mode = MODES[Math.max(-1, ...ranks)];
    return isTable && mode !== undefined ? [{ table: name, mode }] : [];
  });
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
