import { expect, test } from 'vitest';
import { textMatching } from '../../src/rehearse/match-pattern.ts';

test.each([
  '^[a-z_]+(\\.[a-z_]+)*$',
  '^[A-Z]{2}$',
  '^#[0-9a-fA-F]{6}$',
  '^\\+?[0-9]{7,15}$',
  '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$',
  '^(draft|sent|paid)$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^v\\d+\\.\\d+\\.\\d+$',
  '^https?://[^ ]+$',
  '^[]x]$',
  '\\S',
])('makes texts that %s takes, and that differ', (pattern) => {
  // The patterns are such that JavaScript reads them as PostgreSQL does.
  const inJavaScript = new RegExp(pattern.replace('[]x]', '[\\]x]'));
  const texts = [0, 1, 2].map((n) => textMatching(pattern, n));
  for (const text of texts) expect(text).toMatch(inJavaScript);
  if (pattern !== '^(draft|sent|paid)$') expect(new Set(texts).size).toBeGreaterThan(1);
});

test('reads the classes that JavaScript has not', () => {
  expect(textMatching('^[[:alpha:]][[:alnum:]_]{2}$', 0)).toMatch(/^[a-zA-Z][a-zA-Z0-9_]{2}$/);
});

test.each(['^(?=.*\\d).+$', '^(a', 'a)', '^a{300}$'])('says nothing where it cannot follow: %s', (pattern) => {
  expect(textMatching(pattern, 0)).toBeUndefined();
});
