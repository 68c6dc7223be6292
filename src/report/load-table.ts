import type { Load, LoadedStatement } from '../model/rehearsal.ts';

const SHOWN = 12;

/** A line for each statement: what it took, and what others waited for it. */
export function loadTable({ tables, noiseMs, statements, ms, readStallMs, writeStallMs }: Load): readonly string[] {
  const held = tables.map(({ table, rows }) => `${bare(table)} ${rows.toLocaleString('en')}`).join(', ');
  const longest = statements.toSorted((a, b) => stallOf(b) - stallOf(a)).slice(0, SHOWN);
  const shown = statements.filter((one) => longest.includes(one));
  const rows = shown.map(cellsOf);
  const whole = ['in all', inMs(ms), '', '', '', inMs(readStallMs), inMs(writeStallMs)];
  const hidden = statements.length - shown.length;
  return [
    `under load (rows: ${held}); as long as no migration runs, the longest wait is ${inMs(noiseMs)}`,
    ...aligned([HEAD, ...rows, ...(rows.length === 1 ? [] : [whole])]).map((line) => `  ${line}`),
    ...(hidden > 0 ? [`  and ${hidden.toLocaleString('en')} more, that others waited less for`] : []),
  ];
}

const HEAD = ['statement', 'took', 'strongest lock', 'rewritten', 'WAL', 'read waited', 'write waited'];
const IS_NUMBER = [false, true, false, false, true, true, true];

const inMs = (ms: number): string => `${Math.round(ms).toLocaleString('en')} ms`;
const stallOf = ({ readStallMs, writeStallMs }: LoadedStatement): number => Math.max(readStallMs, writeStallMs);

const cellsOf = ({ what, line, ms, locks, rewritten, walBytes, readStallMs, writeStallMs }: LoadedStatement): readonly string[] => [
  line === undefined ? what : `${line}: ${what}`,
  inMs(ms),
  locks.map(({ table, mode }) => `${mode} ${bare(table)}`).join(', ') || '-',
  rewritten.map(bare).join(', ') || '-',
  `${(walBytes / 1e6).toFixed(1)} MB`,
  inMs(readStallMs),
  inMs(writeStallMs),
];

const bare = (name: string): string => name.replace(/^public\./, '');

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number): string => (IS_NUMBER[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0));
  return rows.map((row) => row.map(cell).join('   ').trimEnd());
}
