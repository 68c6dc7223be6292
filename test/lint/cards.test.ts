import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/lint/rules.ts';
import { lintText, rulesOf } from './lint-text.ts';

describe.each(RULES.map((rule) => ({ name: rule.id, rule })))('$name', ({ rule }) => {
  const wish = {
    ...(rule.given && { given: rule.given }),
    severities: { [rule.id]: 'error' as const },
    ...(rule.until && { major: rule.until }),
  };

  test('finds what its card calls bad', async () => {
    expect(rulesOf(await lintText(rule.bad, wish))).toContain(rule.id);
  });

  test('is silent about what its card calls good', async () => {
    expect(rulesOf(await lintText(rule.good, wish))).not.toContain(rule.id);
  });

  test('is silent about tables that the same migration makes', async () => {
    const isAboutTables =
      rule.given?.includes('CREATE TABLE') && !['runtime-error', 'correctness', 'data-loss', 'style'].includes(rule.class);
    if (isAboutTables) expect(rulesOf(await lintText(`${rule.given}\n${rule.bad}`, { ...wish, given: '' }))).not.toContain(rule.id);
  });
});

test('no two rules have the same id, and every file of a rule is in the list', async () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  const { readdirSync } = await import('node:fs');
  const files = readdirSync('src/lint/rules').map((file) => file.replace(/\.ts$/, ''));
  expect(files.filter((file) => file !== 'new-columns').sort()).toEqual(RULES.map(({ id }) => id).sort());
});
