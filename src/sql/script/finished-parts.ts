import { createHash } from 'node:crypto';
import type { JournalEvent } from '../../model/history.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import type { Part, Script, Statement } from '../../model/script.ts';
import { placeOf } from '../text/code-frame.ts';
import { checksumOf, isSessionOnly, withLf } from '../text/statement-text.ts';

/** A part, or what is left of it, with its number: it counts from 1. */
export interface NumberedPart {
  readonly part: Part;
  readonly number: number;
}

/** What an earlier attempt has finished of a script, by its statements: where parts begin and end may have changed since. */
export interface Progress {
  readonly remaining: readonly NumberedPart[];
  /** Whether anything is done that lasts. */
  readonly isBegun: boolean;
}

/**
 * Finds the statements of each finished part at the front of the script. What only sets the session counts as nothing.
 * @throws LockstepError (exit 3) when one of them reads differently now
 */
export function resume(script: Script, attempt: readonly JournalEvent[], restart: string): Progress {
  const statements = script.parts.flatMap((part) => part.statements);
  const lasting = statements.filter((statement) => !isSessionOnly(statement));
  const finished = attempt.filter(({ event }) => event === 'part-done');
  let done = 0;
  for (const event of finished) {
    const count = countOf(script, lasting.slice(done), event.checksum ?? '');
    if (count === undefined) throw editedRefusal(script, { event, statement: lasting[done], restart });
    done += count;
  }
  const last = lasting[done - 1];
  const left = new Set(last ? statements.slice(statements.indexOf(last) + 1) : statements);
  return { remaining: script.parts.flatMap((part, i) => remainderOf(script, { part, number: i + 1 }, left)), isBegun: done > 0 };
}

/** How many of these statements a checksum is of. */
function countOf({ file: { text } }: Script, statements: readonly Statement[], checksum: string): number | undefined {
  const hash = createHash('sha256');
  for (let count = 0; ; count += 1) {
    if (hash.copy().digest('hex') === checksum) return count;
    const next = statements[count];
    if (!next) return undefined;
    hash.update(`${withLf(text.slice(next.start, next.end))};\n`);
  }
}

function remainderOf({ file }: Script, { part, number }: NumberedPart, left: ReadonlySet<Statement>): readonly NumberedPart[] {
  const statements = part.statements.filter((statement) => left.has(statement));
  if (statements.length === 0) return [];
  if (part.mode !== 'transaction' || statements.length === part.statements.length) return [{ part, number }];
  return [{ part: { ...part, statements, checksum: checksumOf(file.text, statements) }, number }];
}

interface Edited {
  readonly event: JournalEvent;
  readonly statement: Statement | undefined;
  readonly restart: string;
}

function editedRefusal({ file }: Script, { event, statement, restart }: Edited): LockstepError {
  const { text } = event.details;
  const asItWas = text !== undefined ? `write it as it was applied, and what is new below it:\n${text}` : '';
  return new LockstepError({
    code: 'finished-part-edited',
    what: `Part ${event.part} of ${file.path} was applied by an earlier attempt, and its statements are not here any more as they were`,
    where: statement ? placeOf(file, statement.start) : { file: file.path },
    next: `${asItWas || `bring its text back (git log -p ${file.path}), and put what is new below it`}\nor undo it by hand, and begin anew: ${restart}`,
    exitCode: 3,
  });
}
