import { isLockstepError, LockstepError, refuseAll } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import type { Script } from '../../model/script.ts';
import { ParserConfused } from '../parser.ts';
import { arrangeParts } from './parts.ts';
import { type Reading, readScript } from './read-script.ts';
import { confusedRefusal } from './syntax-refusals.ts';
import { type Body, unwrap } from './transaction-control.ts';

/**
 * Splits an SQL file, parses and classifies its statements, and groups them into parts.
 * Refuses, with the place in the file, whatever PostgreSQL or the run around it could not take, and a file without a statement
 * unless it may be empty.
 */
export async function parseScript(file: SourceFile, { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {}): Promise<Script> {
  try {
    return scriptOf(await readScript(file), mayBeEmpty);
  } catch (error) {
    if (error instanceof ParserConfused) throw confusedRefusal(file);
    throw error;
  }
}

function scriptOf(reading: Reading, mayBeEmpty: boolean): Script {
  const { file, hash, hasSecret } = reading;
  const body = bodyOf(reading);
  const isEmpty = body.to <= body.from;
  if (isEmpty && !mayBeEmpty) throw emptyRefusal(file, body);
  const parts = isEmpty ? [] : arrangeParts(reading, body);
  if (body.begin !== 'BEGIN') hash.add(`\n${body.begin}`);
  return { file, parts, begin: withIsolation(reading, body), semanticHash: hash.digest(), hasSecret };
}

const ISOLATION = /^set\s+transaction\s+(?:isolation\s+level\s+(serializable|repeatable\s+read|read\s+(?:un)?committed))/i;

/** A level that a script sets first of all holds from BEGIN on: later than the first query it could not be set (manual: sql-set-transaction). */
function withIsolation({ file, statements }: Reading, { from, to, begin }: Body): string {
  const leading = statements.slice(from, to).findIndex(({ summary }) => summary !== 'SET');
  const settings = statements.slice(from, leading < 0 ? to : from + leading);
  const level = settings.map(({ start, end }) => ISOLATION.exec(file.text.slice(start, end))?.[1]).find(Boolean);
  return level && begin === 'BEGIN' ? `BEGIN ISOLATION LEVEL ${level.toUpperCase()}` : begin;
}

/** @throws LockstepError for all that is wrong with the file, in its order */
function bodyOf(reading: Reading): Body {
  const problems = [...reading.problems];
  if (reading.isCut) refuseAll(problems);
  let body: Body | undefined;
  try {
    body = unwrap(reading);
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    problems.push(error);
  }
  refuseAll(problems.sort((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)));
  return body as Body;
}

function emptyRefusal(file: SourceFile, { isWrapped }: Body): LockstepError {
  const holds = isWrapped ? 'only BEGIN and COMMIT' : 'only comments';
  return new LockstepError({
    code: 'empty-script',
    what: file.text.trim() === '' ? 'This SQL file is empty' : `This SQL file holds ${holds}, no statement`,
    where: { file: file.path },
    next: `write the SQL into it; where nothing is to be done on purpose, write SELECT 1;${file.path.startsWith('db/migrations/rollbacks/') ? ' or, in a comment, -- empty: why;' : ''} emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files`,
  });
}
