import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { plainReporter } from '../../src/report/plain.ts';
import { prettyReporter } from '../../src/report/pretty.ts';

const HOSTILE: readonly Event[] = [
  { type: 'note', text: 'before\u001B[2K\u001B]0;title\u0007 after\rover\r\nnext\tcolumn\u009B1m' },
  { type: 'recorded', text: 'Marked', names: ['001_\u001B[8mhidden'] },
];

function screenOf(create: typeof plainReporter): string {
  let screen = '';
  const report = create((text) => {
    screen += text;
  });
  for (const event of HOSTILE) report(event);
  return screen;
}

test('what a terminal would obey is shown, and not sent', () => {
  const plain = screenOf(plainReporter);
  expect(plain).toContain('before\\x1b[2K\\x1b]0;title\\x07 after\\x0dover\nnext\tcolumn\\x9b1m');
  expect(plain).toContain('001_\\x1b[8mhidden');
  const pretty = screenOf((write) => prettyReporter(write, 100));
  expect(pretty).toContain('before\\x1b[2K\\x1b]0;title\\x07 after');
  expect(pretty).not.toContain('\u0007');
});
