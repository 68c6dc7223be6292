import { expect, test } from 'vitest';
import { toPhase } from '../../src/pg/phase.ts';
import { working } from '../../src/report/phrases.ts';
import { prettyReporter } from '../../src/report/pretty.ts';

const told = (row: Readonly<Record<string, unknown>>): string => working(toPhase(row, 'orders'));

// Columns as PostgreSQL 14 to 18 have them (manual: progress-reporting).
test('a phase is told with the share of it that the server knows, and with no other', () => {
  const scanned = { blocks_total: 200, blocks_done: 85, tuples_total: 0, tuples_done: 0, partitions_total: 0 };
  expect(
    [
      { phase: 'building index: scanning table', ...scanned },
      { phase: 'building index', ...scanned },
      { phase: 'building index: sorting live tuples', ...scanned, tuples_total: 9 },
      { phase: 'building index: loading tuples in tree', ...scanned, tuples_total: 9, tuples_done: 9 },
      { phase: 'building index: scanning table', ...scanned, partitions_total: 8, partitions_done: 2 },
      { phase: 'index validation: scanning index', ...scanned, blocks_total: 0 },
      { phase: 'waiting for writers before build', ...scanned, lockers_total: 2, lockers_done: 1, current_locker_pid: 41 },
      { phase: 'waiting for old snapshots', ...scanned, lockers_total: 0 },
      { phase: 'scanning heap', heap_blks_total: 3, heap_blks_scanned: 2, heap_blks_vacuumed: 0 },
      { phase: 'vacuuming indexes', heap_blks_total: 3, heap_blks_scanned: 3 },
      { phase: 'vacuuming indexes', indexes_total: 4, indexes_processed: 1 },
      { phase: 'vacuuming heap', heap_blks_total: 3, heap_blks_scanned: 3, heap_blks_vacuumed: 1 },
      { phase: 'acquiring sample rows', sample_blks_total: 30_000, sample_blks_scanned: 300 },
      { phase: 'seq scanning heap', heap_blks_total: 3, heap_blks_scanned: 1 },
      { phase: 'writing new heap', heap_tuples_scanned: 50, heap_tuples_written: 49, heap_blks_total: 3, heap_blks_scanned: 3 },
      { command: 'COPY FROM', type: 'FILE', bytes_total: 1_000_000_000_000, bytes_processed: 370_000_000_000 },
      { command: 'COPY FROM', type: 'PROGRAM', bytes_total: 0, bytes_processed: 99 },
    ].map(told),
  ).toMatchInlineSnapshot(`
    [
      "building index: scanning table 42 % (orders)",
      "building index 42 % (orders)",
      "building index: sorting live tuples (orders)",
      "building index: loading tuples in tree 100 % (orders)",
      "building index: scanning table 25 % (orders)",
      "index validation: scanning index (orders)",
      "waiting for writers before build, 1 of 2 gone, behind pid 41 (orders)",
      "waiting for old snapshots (orders)",
      "scanning heap 66 % (orders)",
      "vacuuming indexes (orders)",
      "vacuuming indexes 25 % (orders)",
      "vacuuming heap 33 % (orders)",
      "acquiring sample rows 1 % (orders)",
      "seq scanning heap 33 % (orders)",
      "writing new heap 98 % (orders)",
      "copying 37 % (orders)",
      "copying (orders)",
    ]
  `);
});

test('on a narrow terminal the phase stays whole, and what it belongs to is cut', () => {
  let shown = '';
  const { report, close } = prettyReporter((text) => {
    shown += text;
  }, 80);
  report({ type: 'progress', name: '002_orders_by_day', unit: 'part', number: 1, total: 2, summary: 'CREATE INDEX CONCURRENTLY' });
  report({ type: 'phase', phase: 'building index: scanning table', percent: 42, table: 'orders' });
  close();
  const drawn = shown.split('\r').map((line) => line.replace('\u001B[2K', ''));
  expect(drawn.find((line) => line.includes('42 %'))).toMatch(/^ {7}002_orders.*building index: scanning table 42 % \(orders\) {3}\d+ ms$/);
  expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(80);
});
