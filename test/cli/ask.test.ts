import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const CLI = path.resolve(import.meta.dirname, '../../src/cli');
const PROGRAM = `import { askOnTerminal } from '${CLI}/ask.ts'; import { listenForSignals } from '${CLI}/interruption.ts';
const ask = askOnTerminal(listenForSignals()); console.log('[' + await ask('Name? ') + '][' + await ask('Name? ') + ']');`;

/** What a program on a terminal says when that is typed at each question. */
function typing(keys: string): Promise<string> {
  const command = `"${process.execPath}" --import tsx --input-type=module -e "$PROGRAM"`;
  const { CI: _, ...env } = process.env;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...env, PROGRAM, TERM: 'dumb' }, timeout: 30_000 });
  let said = '';
  let answered = 0;
  child.stdout.on('data', (data: Buffer) => {
    said += data;
    for (const asked = said.split('Name?').length - 1; answered < asked; answered += 1) child.stdin.write(keys);
  });
  return new Promise((resolve) => child.on('close', () => resolve(said)));
}

// util-linux's `script` gives a program a terminal.
test.skipIf(!existsSync('/usr/bin/script'))(
  'a question on the terminal: answered, and left with Ctrl+C or Ctrl+D',
  { timeout: 90_000 },
  async () => {
    expect(await typing('one\n')).toContain('[one][one]');
    const interrupted = await typing('\u0003');
    expect(interrupted).toContain('SIGINT: stopping');
    expect(interrupted).toContain('[][]');
    expect(await typing('\u0004')).toContain('[][]');
  },
);
