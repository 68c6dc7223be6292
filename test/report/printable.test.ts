import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { LockstepError } from '../../src/model/lockstep-error.ts';
import { visible } from '../../src/model/printable.ts';
import { githubReporter } from '../../src/report/github.ts';
import { htmlReporter } from '../../src/report/html/reporter.ts';
import { jsonReporter } from '../../src/report/json.ts';
import { plainReporter } from '../../src/report/plain.ts';
import { prettyReporter } from '../../src/report/pretty.ts';
import type { Reporter, Write } from '../../src/report/reporter.ts';

const HOSTILE: readonly Event[] = [
  { type: 'note', text: 'before\u001B[2K\u001B]0;title\u0007 after\rover\r\nnext\tcolumn\u009B1m' },
  { type: 'recorded', text: 'Marked', names: ['001_\u001B[8mhidden'] },
];

function screenOf(create: typeof plainReporter): string {
  let screen = '';
  const { report } = create((text) => {
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

const FORGED =
  'row\n::add-mask::e\n  ::error file=a,line=1::forged\n::stop-commands::x\n##[error]x ##vso[task.setvariable]y\nsection_start:1:n\r\u001b[0K \u202Egnp\u2066';

describe('what a CI system would obey is shown, and not sent:', () => {
  const reporters: Readonly<Record<string, (write: Write) => Reporter>> = {
    plain: plainReporter,
    pretty: (write) => prettyReporter(write, 100),
    json: jsonReporter,
    github: (write) => githubReporter(write, ''),
    html: htmlReporter,
  };
  test.each(Object.keys(reporters))('%s', (name) => {
    let screen = '';
    const { report, close } = (reporters[name] ?? plainReporter)((text) => {
      screen += text;
    });
    const refusal = { code: 'x', what: FORGED, detail: FORGED, next: FORGED, exitCode: 1 } as const;
    report({ type: 'note', text: FORGED, next: FORGED });
    report({ type: 'recorded', text: FORGED, names: [FORGED] });
    report({ type: 'notice', severity: 'NOTICE', text: FORGED });
    report({ type: 'refused', refusal });
    close();
    const own = /^::(?:error|warning)::/;
    const forged = screen.split(/[\n\r]/).filter((line) => /^\s*::[a-z-]+.*::/i.test(line) && !(name === 'github' && own.test(line)));
    expect(forged).toEqual([]);
    expect(screen).not.toMatch(/##\[|##vso\[|\r|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
    if (name !== 'pretty') expect(screen).not.toContain('\u001b');
  });

  test('JSON has the same value', () => {
    let line = '';
    jsonReporter((text) => {
      line = text;
    }).report({ type: 'note', text: FORGED });
    expect(JSON.parse(line)).toHaveProperty('text', FORGED);
  });

  test('an error, as the stock CLI prints it', () => {
    expect(new LockstepError({ code: 'x', what: FORGED, next: 'y', exitCode: 1 }).stack).toContain('\n\\x3a:add-mask::e\n');
  });

  test('SQL that begins a line with a type stays as it is', () => {
    expect(visible("SELECT '1'\n::numeric\n::numeric(10, 2)::text")).toBe("SELECT '1'\n::numeric\n::numeric(10, 2)::text");
  });
});
