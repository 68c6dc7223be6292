import type { Load, LoadedStatement } from '../model/rehearsal.ts';
import { duration } from './phrases.ts';

const SHOWN = 12;

/** A line for each statement: what it took, and what others waited for it. */
export function loadTable(load: Load): readonly string[] {
  const shown = worstStatements(load);
  const columns = columnsOf(load);
  const rows = shown.map((one) => columns.map(({ cell }) => cell(one)));
  const whole = columns.map((column) => column.whole?.(load) ?? '');
  const hidden = load.statements.length - shown.length;
  return [
    `under load ${conditions(load)}`,
    ...aligned(columns, [columns.map(({ heading }) => heading), ...rows, ...(rows.length === 1 ? [] : [whole])]).map((line) => `  ${line}`),
    ...(hidden > 0 ? [`  and ${hidden.toLocaleString('en')} more, that others waited less for`] : []),
    ...estimateLines(load).map((line) => `  ${line}`),
  ];
}

/** `estimate for staging's 84,000,000 rows: 70 s for 1: CREATE INDEX` */
export const estimateLines = ({ statements }: Load): readonly string[] =>
  statements.flatMap((one) => {
    const { estimate } = one;
    if (!estimate) return [];
    if ('why' in estimate) return [`no estimate of ${nameOf(one)} for ${estimate.of}: ${estimate.why}`];
    const { of, rows, ms, power, from } = estimate;
    const how = `it grows with the rows to the power of ${power.toFixed(2)}, measured at ${from.map((it) => it.toLocaleString('en')).join(' and ')}`;
    return [`estimate for ${of}'s ${rows.toLocaleString('en')} rows: ${duration(ms)} for ${nameOf(one)} (${how})`];
  });

const nameOf = ({ line, what }: LoadedStatement): string => (line === undefined ? what : `${line}: ${what}`);

/** `(rows: users 1,000,000); as long as no migration runs, the longest wait is 6 ms` */
export function conditions({ tables, noiseMs, workload }: Load): string {
  const held = tables.map(({ table, rows }) => `${bare(table)} ${rows.toLocaleString('en')}`).join(', ');
  return `(rows: ${held}${workload === undefined ? '' : `; statements of ${workload}`}); as long as no migration runs, the longest wait is ${inMs(noiseMs)}`;
}

/** Those that others waited the longest for, in their order. */
export function worstStatements({ statements }: Load): readonly LoadedStatement[] {
  const worst = statements.toSorted((a, b) => stallOf(b) - stallOf(a)).slice(0, SHOWN);
  return statements.filter((one) => worst.includes(one));
}

export const inMs = (ms: number): string => `${Math.round(ms).toLocaleString('en')} ms`;
const stallOf = ({ readStallMs, writeStallMs }: LoadedStatement): number => Math.max(readStallMs, writeStallMs);

const inMb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const bare = (name: string): string => name.replace(/^public\./, '');

interface Column {
  readonly heading: string;
  readonly isNumber?: true;
  readonly cell: (statement: LoadedStatement) => string;
  /** Of all statements, where it is more than their own. */
  readonly whole?: (load: Load) => string;
}

const COLUMNS: readonly Column[] = [
  { heading: 'statement', cell: (one) => nameOf(one), whole: () => 'in all' },
  { heading: 'took', isNumber: true, cell: ({ ms }) => inMs(ms), whole: ({ ms }) => inMs(ms) },
  { heading: 'strongest lock', cell: ({ locks }) => locks.map(({ table, mode }) => `${mode} ${bare(table)}`).join(', ') || '-' },
  { heading: 'rewritten', cell: ({ rewritten }) => rewritten.map(bare).join(', ') || '-' },
  { heading: 'WAL', isNumber: true, cell: ({ walBytes }) => inMb(walBytes) },
  { heading: 'temporary', isNumber: true, cell: ({ tempBytes }) => (tempBytes === undefined ? '-' : inMb(tempBytes)) },
  { heading: 'read waited', isNumber: true, cell: (one) => inMs(one.readStallMs), whole: (load) => inMs(load.readStallMs) },
  { heading: 'write waited', isNumber: true, cell: (one) => inMs(one.writeStallMs), whole: (load) => inMs(load.writeStallMs) },
];

/** Temporary files are told of where there were any. */
export const columnsOf = ({ statements }: Load): readonly Column[] =>
  statements.some(({ tempBytes }) => tempBytes !== undefined) ? COLUMNS : COLUMNS.filter(({ heading }) => heading !== 'temporary');

function aligned(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number): string => (columns[i]?.isNumber ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0));
  return rows.map((row) => row.map(cell).join('   ').trimEnd());
}
