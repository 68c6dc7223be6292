import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { plainReporter } from '../../src/report/plain.ts';

test('a log tells once for what a backfill waits, and not with each look', () => {
  let screen = '';
  const { report } = plainReporter((text) => {
    screen += text;
  });
  const held = (why: string): Event => ({ type: 'backfill', name: '002_x', part: 1, rows: 5, rowsPerSecond: 0, batch: 0, why });
  for (const behind of [24, 25, 26]) report(held(`walreceiver is behind by ${behind} MB, 1 s`));
  report(held('paused by ann; npm run migrate:resume -- --env staging'));
  expect(screen).toBe(
    '    5 rows   waits: walreceiver is behind by 24 MB, 1 s\n    5 rows   waits: paused by ann; npm run migrate:resume -- --env staging\n',
  );
});
