import { createHash } from 'node:crypto';
import path from 'node:path';
import { readOwn, writeOwn } from '../files/own-file.ts';
import { attempt } from '../model/attempt.ts';
import type { Linted, LintWish } from './lint-migrations.ts';
import { RULES } from './rules.ts';

/** What was found in one migration, under a key that stands for it, for all below it, and for how lint was asked. */
type Kept = readonly [key: string, found: Linted];

const FILE = '.lockstep/lint.json';
/** What was found by an older reading counts no more. */
const FORM = 1;

/** By content: a migration is judged by those below it. */
export function keysOf({ inputs, major, severities, repeatables, baseline, today }: LintWish): readonly string[] {
  // Rules change with the version, and while they are written.
  const rules = RULES.map((rule) => [rule, rule.check.toString()]);
  const hash = createHash('sha256').update(JSON.stringify([FORM, rules, major, severities, repeatables, [...baseline], today]));
  return inputs.map(({ name, up, down }) => {
    hash.update(JSON.stringify([name, up?.checksum, down?.checksum]));
    return hash.copy().digest('base64url');
  });
}

/** Of the first ones, as far as nothing has changed. */
export function readKept(root: string, keys: readonly string[]): readonly Linted[] {
  const kept = attempt(() => new Map(JSON.parse(readOwn(path.join(root, FILE))) as readonly Kept[])) ?? new Map<string, Linted>();
  const found: Linted[] = [];
  for (const key of keys) {
    const one = kept.get(key);
    if (!one) break;
    found.push(one);
  }
  return found;
}

export const keep = (root: string, keys: readonly string[], found: readonly Linted[]): void =>
  writeOwn(path.join(root, FILE), JSON.stringify(found.map((one, i): Kept => [keys[i] ?? '', one])));
