import type { Load, LoadedStatement } from '../model/rehearsal.ts';

const SHOWN = 12;

/** A line for each statement: what it took, and what others waited for it. */
export function loadTable(load: Load): readonly string[] {
  const { statements, ms, readStallMs, writeStallMs } = load;
  const shown = worstStatements(load);
  const rows = shown.map(cellsOf);
  const whole = ['in all', inMs(ms), '', '', '', inMs(readStallMs), inMs(writeStallMs)];
  const hidden = statements.length - shown.length;
  return [
    `under load ${conditions(load)}`,
    ...aligned([HEAD, ...rows, ...(rows.length === 1 ? [] : [whole])]).map((line) => `  ${line}`),
    ...(hidden > 0 ? [`  and ${hidden.toLocaleString('en')} more, that others waited less for`] : []),
  ];
}

/** `(rows: users 1,000,000); as long as no migration runs, the longest wait is 6 ms` */
export function conditions({ tables, noiseMs }: Load): string {
  const held = tables.map(({ table, rows }) => `${bare(table)} ${rows.toLocaleString('en')}`).join(', ');
  return `(rows: ${held}); as long as no migration runs, the longest wait is ${inMs(noiseMs)}`;
}

/** Those that others waited the longest for, in their order. */
export function worstStatements({ statements }: Load): readonly LoadedStatement[] {
  const worst = statements.toSorted((a, b) => stallOf(b) - stallOf(a)).slice(0, SHOWN);
  return statements.filter((one) => worst.includes(one));
}

export const HEAD = ['statement', 'took', 'strongest lock', 'rewritten', 'WAL', 'read waited', 'write waited'];
export const IS_NUMBER = [false, true, false, false, true, true, true];

export const inMs = (ms: number): string => `${Math.round(ms).toLocaleString('en')} ms`;
const stallOf = ({ readStallMs, writeStallMs }: LoadedStatement): number => Math.max(readStallMs, writeStallMs);

export const cellsOf = ({ what, line, ms, locks, rewritten, walBytes, readStallMs, writeStallMs }: LoadedStatement): readonly string[] => [
  line === undefined ? what : `${line}: ${what}`,
  inMs(ms),
  locks.map(({ table, mode }) => `${mode} ${bare(table)}`).join(', ') || '-',
  rewritten.map(bare).join(', ') || '-',
  `${(walBytes / 1e6).toFixed(1)} MB`,
  inMs(readStallMs),
  inMs(writeStallMs),
];

export const bare = (name: string): string => name.replace(/^public\./, '');

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number): string => (IS_NUMBER[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0));
  return rows.map((row) => row.map(cell).join('   ').trimEnd());
}
