import { expect, test } from 'vitest';
import type { Load } from '../../src/model/rehearsal.ts';
import { isLarger, withEstimates } from '../../src/rehearse/estimate-size.ts';
import { estimateLines } from '../../src/report/load-table.ts';

const load = (rows: number, ms: number, table = 'public.users'): Load => ({
  ...{ tables: [{ table, rows }], ms, noiseMs: 1, readStallMs: 0, writeStallMs: 0, locks: [], waits: [] },
  statements: [
    {
      ...{ what: 'CREATE INDEX', line: 3, fromMs: 0, ms, locks: [{ table, mode: 'Share' }], rewritten: [], walBytes: 0 },
      ...{ readStallMs: 0, writeStallMs: 0, blocked: 0 },
    },
  ],
});
const staging = (rows: number, table = 'public.users') => ({ of: 'staging', rows: new Map([[table, rows]]) });

const how = (power: string) => `for 3: CREATE INDEX (it grows with the rows to the power of ${power}, measured at 250,000 and 1,000,000)`;

test.each([
  { as: 'as the rows do', took: [200, 800], rows: 84e6, told: `84,000,000 rows: 1 min 07 s ${how('1.00')}` },
  { as: 'faster than the rows', took: [200, 900], rows: 64e6, told: `64,000,000 rows: 1 min 22 s ${how('1.08')}` },
  { as: 'and has a cost of its own', took: [350, 800], rows: 64e6, told: `64,000,000 rows: 38.6 s ${how('0.60')}` },
] as const)('what grows $as', ({ took: [short, long], rows, told }) => {
  const estimated = withEstimates(load(1_000_000, long), load(250_000, short), staging(rows));
  expect(estimateLines(estimated)).toEqual([`estimate for staging's ${told}`]);
});

test('what does not grow, or is over at once, has no estimate', () => {
  expect(estimateLines(withEstimates(load(1_000_000, 800), load(250_000, 700), staging(84e6)))).toEqual([]);
  expect(estimateLines(withEstimates(load(1_000_000, 16), load(250_000, 4), staging(84e6)))).toEqual([]);
});

test('says why nothing can be told', () => {
  const told = (small: Load, sizes: ReturnType<typeof staging>) => estimateLines(withEstimates(load(1_000_000, 800), small, sizes));
  expect(told(load(250_000, 200), staging(1, 'public.orders'))).toEqual([
    'no estimate of 3: CREATE INDEX for staging: there is no table public.users',
  ]);
  expect(told(load(250_000, 200), staging(-1))).toEqual([
    'no estimate of 3: CREATE INDEX for staging: how many rows public.users has is not known there: ANALYZE public.users',
  ]);
  expect(told(load(900_000, 200), staging(84e6))).toEqual([
    'no estimate of 3: CREATE INDEX for staging: it was not measured at two sizes that differ enough',
  ]);
});

test('a database of fewer rows is no reason to measure again', () => {
  expect(isLarger(load(1_000_000, 1), staging(999_999))).toBe(false);
  expect(isLarger(load(1_000_000, 1), staging(1_000_001))).toBe(true);
  expect(isLarger(load(1_000_000, 1), staging(-1))).toBe(true);
  expect(isLarger(load(1_000_000, 1), staging(5e6, 'public.orders'))).toBe(false);
});
