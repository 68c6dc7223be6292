import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from '../../faults/mutants.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A title of a table of cases is not written out; its case is, up to the last colon. */
const titlePiece = (title: string): string => title.replace(/: \w+$/, '');

// The mutants themselves take minutes: npm run faults -- --mutants
test.each(MUTANTS)('the mutant "$name" finds what it breaks', ({ patches, shows }) => {
  for (const [file, from, to] of patches) {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    expect(text.replace(from, to)).not.toBe(text);
  }
  if ('file' in shows) expect(readFileSync(path.join(ROOT, shows.file), 'utf8')).toContain(titlePiece(shows.title));
});
