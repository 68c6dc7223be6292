import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from '../../faults/mutants.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

// The mutants themselves take minutes: npm run faults -- --mutants
test.each(MUTANTS)('the mutant "$name" finds what it breaks', ({ patches }) => {
  for (const [file, from, to] of patches) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    expect(text.replace(from, to)).not.toBe(text);
  }
});
