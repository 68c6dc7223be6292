import { expect, test } from 'vitest';
import { nextVersion } from '../../src/model/migration.ts';

const NOON = new Date('2026-11-22T12:00:00Z');

test('counts on in the format of the highest version', () => {
  expect(nextVersion([], NOON)).toBe('001');
  expect(nextVersion(['001', '002'], NOON)).toBe('003');
  expect(nextVersion(['0009'], NOON)).toBe('0010');
  expect(nextVersion(['999'], NOON)).toBe('1000');
  expect(nextVersion(['010', '9'], NOON)).toBe('011');
});

test('takes the time where timestamps are in use, and never goes back', () => {
  expect(nextVersion(['001', '20261122090433'], NOON)).toBe('20261122120000');
  expect(nextVersion(['20271122090433'], NOON)).toBe('20271122090434');
});
