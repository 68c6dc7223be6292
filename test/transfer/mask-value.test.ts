import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MaskRows } from '../../src/transfer/mask-rows.ts';
import { maskWith } from '../../src/transfer/mask-value.ts';

const KEY = Buffer.alloc(32, 7);
const text = maskWith(KEY, 'text');

test('keeps the form of a value, and nothing of what it says', () => {
  for (const value of [
    'ann.smith@example.org',
    'Ann Smith',
    '+49 170 1234567',
    'Müller-Lüdenscheidt',
    'Ольга',
    '山田太郎',
    "O'Neil, 2nd",
  ]) {
    const masked = text(value);
    expect(masked).not.toBe(value);
    expect(masked.length).toBe(value.length);
    const form = (one: string): string =>
      one
        .replaceAll(/\p{Lu}/gu, 'A')
        .replaceAll(/\p{Ll}/gu, 'a')
        .replaceAll(/\p{Lo}/gu, 'o')
        .replaceAll(/\d/g, '0');
    expect(form(masked)).toBe(form(value));
  }
  expect(text('')).toBe('');
  expect(text('-- ,')).toBe('-- ,');
  expect(text('x')).not.toBe('x');
});

test('is the same for the same value and key, and another one under another key', () => {
  expect(maskWith(KEY, 'text')('ann@example.org')).toBe(text('ann@example.org'));
  expect(maskWith(randomBytes(32), 'text')('ann@example.org')).not.toBe(text('ann@example.org'));
});

test('never makes one value of two, not even without regard to case', () => {
  const all = Array.from(
    { length: 26 * 26 * 10 },
    (_, i) => `${String.fromCharCode(97 + (i % 26), 97 + (Math.trunc(i / 26) % 26))}${Math.trunc(i / 676)}`,
  );
  const cased = all.map((one, i) => (i % 2 === 0 ? one : one.toUpperCase()));
  expect(new Set(cased.map((one) => text(one).toLowerCase())).size).toBe(all.length);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(text(a) === text(b)).toBe(a === b);
    }),
  );
});

test('whole numbers stay within their type, and as long as they were', () => {
  const small = maskWith(KEY, 'integer', 32_767n);
  const all = Array.from({ length: 65_536 }, (_, i) => i - 32_768);
  const masked = all.map((n) => Number(small(String(n))));
  expect(new Set(masked).size).toBe(all.length);
  expect(Math.max(...masked)).toBeLessThanOrEqual(32_767);
  expect(masked[32_768]).toBe(0);
  const numeric = maskWith(KEY, 'numeric');
  expect(numeric('1234.50')).toMatch(/^[1-9]\d{3}\.\d\d$/);
  expect(numeric('0.05')).toMatch(/^0\.\d\d$/);
  const uuid = '018f3c1e-7b2a-7cde-8f01-23456789abcd';
  expect(maskWith(KEY, 'uuid')(uuid)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('masks columns of rows however they are cut into pieces, and leaves NULL alone', async () => {
  const rows = '1\tann\\tb\\\\c\\nd\tx\n2\t\\N\ty\n3\t\tz\n';
  for (const size of [1, 3, 7, 100]) {
    const masking = new MaskRows(new Map([[1, (value: string) => `<${value}>`]]));
    for (let at = 0; at < rows.length; at += size) masking.write(Buffer.from(rows.slice(at, at + size)));
    masking.end();
    expect(Buffer.concat(await masking.toArray()).toString()).toBe('1\t<ann\\tb\\\\c\\nd>\tx\n2\t\\N\ty\n3\t<>\tz\n');
  }
});
