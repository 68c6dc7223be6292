import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { jsonReporter } from '../../src/report/json.ts';
import { plainReporter } from '../../src/report/plain.ts';
import { prettyReporter } from '../../src/report/pretty.ts';
import type { Reporter } from '../../src/report/reporter.ts';

const PROGRESS: Event = {
  type: 'backup-progress',
  file: '/b/x',
  bytes: 12_345_678,
  rows: 40_000,
  totalRows: 100_000,
  remainingMs: 3_210,
};

const DONE: Event = {
  type: 'backed-up',
  file: '.lockstep/backups/x',
  bytes: 27_600_000,
  method: 'copy',
  proof: 'read',
  durationMs: 3400,
  restore: 'npm run migrate:restore -- .lockstep/backups/x --into app',
  note: 'a copy',
};

// A process that is older than the time between two signs of life.
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(60_000));
afterEach(() => vi.restoreAllMocks());

function shown(make: (write: (text: string) => void) => Reporter): string {
  let screen = '';
  const { report } = make((text) => {
    screen += text;
  });
  for (const event of [PROGRESS, PROGRESS, DONE]) report(event);
  return screen;
}

test('a log gets a sign of life now and then, and the command that restores', () => {
  expect(shown(plainReporter)).toMatchInlineSnapshot(`
    "Backing up   12.3 MB   40,000 of about 100,000 rows   about 3.2 s left
    Backed up 27.6 MB in 3.4 s, read back: .lockstep/backups/x
      Note: a copy
      Restore: npm run migrate:restore -- .lockstep/backups/x --into app
    "
  `);
});

test('a terminal gets one live line', () => {
  const screen = shown((write) => prettyReporter(write, 100));
  expect(screen).toContain('\r\u001B[2K  Backing up   12.3 MB   40,000 of about 100,000 rows   about 3.2 s left   0 ms');
  expect(screen).toContain('Backed up 27.6 MB in 3.4 s, read back: .lockstep/backups/x');
});

test('JSON has the numbers', () => {
  const [first = ''] = shown(jsonReporter).split('\n');
  expect(JSON.parse(first)).toMatchObject({ bytes: 12_345_678, rows: 40_000, totalRows: 100_000, remainingMs: 3_210 });
});
