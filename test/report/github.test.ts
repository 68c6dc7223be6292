import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { githubReporter } from '../../src/report/github.ts';

const REFUSED: Event = {
  type: 'refused',
  refusal: {
    code: 'syntax',
    what: '100% wrong',
    where: { file: 'db/migrations/002_a,b.sql', line: 3, column: 7 },
    next: 'correct it',
    exitCode: 2,
  },
};

function annotationsOf(folder: string, ...events: readonly Event[]): string {
  let written = '';
  const { report } = githubReporter((text) => {
    written += text;
  }, folder);
  for (const event of events) report(event);
  return written;
}

test('an annotation stands at its file and line, with what GitHub reads as its own escaped', () => {
  expect(annotationsOf('', REFUSED, { type: 'note', text: 'two\nlines' })).toBe(
    '::error file=db/migrations/002_a%2Cb.sql,line=3,col=7::100%25 wrong%0A  db/migrations/002_a,b.sql:3:7%0A  Next: correct it\n::warning::two%0Alines\n',
  );
});

test('a project in a folder of the repository is named from the root of it', () => {
  expect(annotationsOf('backend', REFUSED)).toContain('::error file=backend/db/migrations/002_a%2Cb.sql,line=3');
});
