import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RECIPES } from '../../src/recipes/recipes.ts';
import { CASES } from './cases.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/recipes.md'), 'utf8');

test.each(RECIPES.map(({ card }) => card))('the page says of $name what its card says', ({ name, words, what, steps, undo, limits }) => {
  expect(PAGE).toContain(
    `### ${name}\n\n\`${name} ${words}\`: ${what}.\n\n${steps.map((step, i) => `${i + 1}. ${step}`).join('\n')}\n\nUndo: ${undo}. Outside of it, or to be known: ${limits.join('; ')}.\n`,
  );
});

test('every recipe is proved by a case at least', () => {
  const proved = new Set(CASES.map(({ recipe: [name] }) => name));
  expect(RECIPES.map(({ card }) => card.name).filter((name) => !proved.has(name))).toEqual([]);
});
