import { given } from '../model/given.ts';
import type { Phase } from '../model/phase.ts';
import type { Question } from './ask.ts';

const VIEWS = ['create_index', 'vacuum', 'copy', 'cluster', 'analyze'];

// A session does one of these at a time. Columns come and go between majors: as JSON, one text suits them all.
const phaseSql = (pid: number): string => `
SELECT row, pg_catalog.format('%s', (row ->> 'relid')::oid::regclass) AS table FROM (
${VIEWS.map((view) => `SELECT pg_catalog.to_jsonb(p) AS row FROM pg_catalog.pg_stat_progress_${view} p WHERE p.pid = ${pid}`).join(' UNION ALL ')}
) progress WHERE row ->> 'relid' <> '0'`;

/** Which columns measure a phase. What a row says of its other phases is stale. */
const MEASURES: readonly (readonly [RegExp, done: string, total: string])[] = [
  [/scanning (?:table|index)$|^building index$/, 'blocks_done', 'blocks_total'],
  [/loading tuples/, 'tuples_done', 'tuples_total'],
  [/^(?:seq )?scanning heap$/, 'heap_blks_scanned', 'heap_blks_total'],
  [/^vacuuming heap$/, 'heap_blks_vacuumed', 'heap_blks_total'],
  [/^(?:vacuuming|cleaning up) indexes$/, 'indexes_processed', 'indexes_total'],
  [/^acquiring/, 'sample_blks_scanned', 'sample_blks_total'],
  [/^writing new heap$/, 'heap_tuples_written', 'heap_tuples_scanned'],
  [/^copying$/, 'bytes_processed', 'bytes_total'],
];

type Row = Readonly<Record<string, unknown>>;

const at = (row: Row, column: string): number => Number(row[column] ?? 0);

function percentOf(row: Row, phase: string): number | undefined {
  const [, done, total] = MEASURES.find(([named]) => named.test(phase)) ?? [];
  // Each partition begins at 0 again; of all of them only whole ones are counted.
  const [part, whole] = at(row, 'partitions_total') > 0 ? ['partitions_done', 'partitions_total'] : [done, total];
  if (!part || !whole || at(row, whole) <= 0) return undefined;
  return Math.min(100, Math.floor((100 * at(row, part)) / at(row, whole)));
}

function sessionsOf(row: Row, phase: string): Phase['sessions'] {
  const [total, pid] = [at(row, 'lockers_total'), at(row, 'current_locker_pid')];
  return phase.startsWith('waiting') && total > 0 ? { gone: at(row, 'lockers_done'), total, ...(pid > 0 && { pid }) } : undefined;
}

export function toPhase(row: Row, table: string): Phase {
  // COPY has but one.
  const phase = String(row['phase'] ?? 'copying');
  const sessions = sessionsOf(row, phase);
  return { phase, table, ...given({ sessions, percent: sessions ? undefined : percentOf(row, phase) }) };
}

/** What the statement of a session is doing; undefined where the server keeps no account of it. Takes no lock. */
export const phaseQuestion = (pid: number): Question<Phase | undefined> => ({
  sql: phaseSql(pid),
  read: ([found]) => found && toPhase(found.row, found.table),
});
