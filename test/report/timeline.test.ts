import { expect, test } from 'vitest';
import { NO_LINKS } from '../../src/model/links.ts';
import type { Load, Rehearsal } from '../../src/model/rehearsal.ts';
import { rehearsalPage } from '../../src/report/html/rehearsal.ts';
import { draw, hasBrowser } from '../support/browser.ts';

const LOCKED = { line: 1, what: 'ALTER TABLE', locks: [{ table: 'public.users', mode: 'AccessExclusive' }], blocked: 4 } as const;
const LOAD: Load = {
  tables: [{ table: 'public.users', rows: 1_000_000 }],
  ms: 2_600,
  noiseMs: 6,
  readStallMs: 1_790,
  writeStallMs: 1_800,
  statements: [
    { ...LOCKED, fromMs: 5, ms: 1_800, rewritten: ['public.users'], walBytes: 98e6, readStallMs: 1_790, writeStallMs: 1_800 },
    {
      ...{ ...LOCKED, line: 2, what: 'COMMENT ON COLUMN', rewritten: [], walBytes: 0, readStallMs: 2, writeStallMs: 3 },
      ...{ fromMs: 1_805, ms: 1 },
    },
  ],
  locks: [
    { table: 'public.users', mode: 'AccessExclusive', fromMs: 10, toMs: 1_806 },
    { table: 'public.a_table_with_a_name_that_is_longer_than_a_phone_is_wide', mode: 'Share', fromMs: 900, toMs: 1_806 },
    { table: 'public.a_table_with_a_name_that_is_longer_than_a_phone_is_wide', mode: 'RowExclusive', fromMs: 1_806, toMs: 2_590 },
  ],
  waits: [
    { kind: 'read', what: 'SELECT on public.users', fromMs: 12, ms: 1_790 },
    { kind: 'write', what: 'UPDATE on public.<users>', fromMs: -5, ms: 1_812 },
  ],
};

const rehearsal = (load?: Load): Rehearsal => ({
  serverVersion: '18.4',
  place: 'a scratch server of its own',
  proofs: [{ name: '004_key', findings: [], notes: [], upMs: 20, downMs: 10, rows: 50, ...(load && { load }) }],
  before: [],
  skipped: [],
  notes: [],
  durationMs: 9_000,
});
const pageOf = (load?: Load): string => rehearsalPage(rehearsal(load), { text: '', links: NO_LINKS });

test('each mark of the picture says what it is', () => {
  const page = pageOf(LOAD);
  expect([...page.matchAll(/<title>(.*?)<\/title><\/rect>/g)].map(([, says]) => says)).toEqual([
    '1: ALTER TABLE   1,800 ms, from 5 ms on',
    '2: COMMENT ON COLUMN   1 ms, from 1,805 ms on',
    'AccessExclusive lock on public.users from 10 ms to 1,806 ms: readers and writers wait',
    'Share lock on public.a_table_with_a_name_that_is_longer_than_a_phone_is_wide from 900 ms to 1,806 ms: writers wait',
    'RowExclusive lock on public.a_table_with_a_name_that_is_longer_than_a_phone_is_wide from 1,806 ms to 2,590 ms: readers and writers carry on',
    'SELECT on public.users waited 1,790 ms, from 12 ms on',
    'UPDATE on public.&lt;users&gt; waited 1,812 ms, from -5 ms on',
  ]);
  expect([...page.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, text]) => text)).toEqual([
    ...['0 ms', '1,000 ms', '2,000 ms'],
    '1: ALTER TABLE   1,800 ms',
    '2: COMMENT ON COLUMN   1 ms',
    'AccessExclusive on users',
    'Share, then RowExclusive on a_table_with_a_…',
    'reads waited 1,790 ms at most',
    'writes waited 1,800 ms at most',
  ]);
  expect(page).not.toContain('<script');
});

test('a migration that took no time has a picture too, and without --load there is none', () => {
  const nothing = { ...LOAD, ms: 0.3, readStallMs: 0, writeStallMs: 0, statements: [], locks: [], waits: [] };
  expect(pageOf(nothing)).not.toMatch(/NaN|Infinity|undefined/);
  expect(pageOf()).not.toContain('<svg');
});

const ASK = `(() => {
  const box = (one) => { const { left, right, width } = one.getBoundingClientRect(); return { left, right, width }; };
  const all = (words) => [...document.querySelectorAll('svg ' + words)];
  return {
    wide: document.documentElement.scrollWidth,
    bars: all('rect').map(box),
    texts: all('text').map(box),
    size: getComputedStyle(all('text').at(-1)).fontSize,
    ink: getComputedStyle(all('text').at(-1)).fill,
    paper: getComputedStyle(document.body).backgroundColor,
    hidden: all('rect').filter((one) => getComputedStyle(one).fill === getComputedStyle(document.body).backgroundColor).length,
  };
})()`;

interface Found {
  readonly wide: number;
  readonly bars: readonly { readonly left: number; readonly right: number; readonly width: number }[];
  readonly texts: Found['bars'];
  readonly size: string;
  readonly ink: string;
  readonly paper: string;
  readonly hidden: number;
}

const brightness = (colour: string): number =>
  (colour.match(/\d+/g) ?? [])
    .slice(0, 3)
    .map(Number)
    .reduce((sum, one) => sum + one / 3, 0);

test.skipIf(!hasBrowser).each([
  { width: 360, scheme: 'dark' },
  { width: 1200, scheme: 'light' },
] as const)('a browser $width pixels wide draws it whole ($scheme)', { timeout: 60_000 }, async (look) => {
  const { found, complaints } = await draw<Found>(pageOf(LOAD), look, ASK);
  expect(complaints).toEqual([]);
  expect(found.wide).toBeLessThanOrEqual(look.width);
  expect(found.size).toBe('13px');
  expect(found.hidden).toBe(0);
  for (const { left, right, width } of [...found.bars, ...found.texts]) {
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(look.width);
    expect(width).toBeGreaterThan(0.1);
  }
  expect(Math.abs(brightness(found.ink) - brightness(found.paper))).toBeGreaterThan(150);
  expect(brightness(found.paper) < 128).toBe(look.scheme === 'dark');
});
