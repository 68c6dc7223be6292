import type { LockstepError } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import type { Span } from '../../model/script.ts';
import { maskSecrets } from '../text/secrets.ts';
import type { Opened, Unterminated } from '../text/unterminated.ts';
import { refusal } from './refusals.ts';

const LONGEST_MESSAGE = 120;

export function syntaxRefusal(file: SourceFile, offset: number, message: string): LockstepError {
  const [line = ''] = maskSecrets(message).split(/[\r\n]/, 1);
  const short = line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
  return refusal(file, offset, {
    code: 'syntax-error',
    what: short.startsWith('syntax error ') ? `S${short.slice(1)}` : `Syntax error: ${short}`,
    next: message.endsWith('at or near ":"')
      ? "write the value itself: psql variables (:name, :'name') are not replaced here"
      : 'correct the statement and run the command again',
  });
}

const CLOSE: Record<Opened, string> = {
  quote: "close it with ', and write a quote inside it as ''",
  'quoted name': 'close it with "',
  'dollar quote': 'close it with the same tag, in the same letter case',
  comment: 'close it with */; comments nest, so each /* needs its own',
};

export function unterminatedRefusal(file: SourceFile, { opened, offset }: Unterminated): LockstepError {
  return refusal(file, offset, {
    code: `unterminated-${opened.replace(' ', '-')}`,
    what: `This ${opened} is never closed, so the rest of the file is inside it`,
    next: CLOSE[opened],
  });
}

const META_COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/^\\(?:i|ir|include|include_relative)$/, 'put the SQL of that file here, or make it a migration of its own'],
  [/^\\(?:c|connect)$/, 'delete the line: a migration runs in the one database that its environment names'],
  [/^\\(?:copy|\.)$/, 'write the rows as INSERT, use COPY … FROM a file on the server, or load them in a code migration'],
  [/^\\(?:set|unset|gset)$/, 'delete the line and write the values themselves: psql variables are not replaced here'],
];

const isRestriction = (command: string): boolean => /^\\(?:un)?restrict$/.test(command);

export function backslashRefusal(file: SourceFile, { start, end }: Span): LockstepError {
  const command = /^\\(?:[a-z_]+|[.!?])/i.exec(file.text.slice(start, end))?.[0];
  if (!command) {
    const next = "remove it, or put it into quotes: E'…' for escapes";
    return refusal(file, start, { code: 'psql-meta-command', what: 'A backslash outside quotes is not SQL', next });
  }
  const next = isRestriction(command)
    ? `sed '/^\\\\restrict /d; /^\\\\unrestrict /d' ${file.path} > ${file.path}.new && mv ${file.path}.new ${file.path}   takes out both lines that pg_dump wrote for psql`
    : (META_COMMANDS.find(([pattern]) => pattern.test(command))?.[1] ?? 'delete it, or write it as SQL');
  return refusal(file, start, { code: 'psql-meta-command', what: `${command} is a command of psql, not SQL`, next });
}

export function confusedRefusal(file: SourceFile): LockstepError {
  return refusal(file, 0, {
    code: 'parser-failed',
    what: 'The SQL parser fails on this file, so nothing is known about its statements',
    next: 'split the file into several migrations, and break up very deep expressions',
  });
}
