import { isLockstepError, type LockstepError } from '../../src/model/lockstep-error.ts';
import type { SourceFile } from '../../src/model/migration.ts';
import type { Part } from '../../src/model/script.ts';
import { parseScript } from '../../src/sql/script/parse-script.ts';

export const sqlFile = (text: string): SourceFile => ({ path: 'db/migrations/001_x.sql', text, checksum: '' });

/** The whole message with which this text is refused. */
export async function refusalOf(text: string): Promise<string> {
  return (await errorOf(text)).message;
}

export async function errorOf(text: string): Promise<LockstepError> {
  try {
    await parseScript(sqlFile(text));
  } catch (error) {
    if (isLockstepError(error)) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

/** Each part as one readable line: its mode, and the first line of each statement. */
export async function partsOf(text: string): Promise<readonly string[]> {
  const script = await parseScript(sqlFile(text));
  return script.parts.map((part) => describe(text, part));
}

function describe(text: string, part: Part): string {
  const statements = part.statements.map(({ start, end }) => text.slice(start, end).split('\n')[0]).join('; ');
  return part.mode === 'no-transaction' ? `alone: ${statements} -> ${part.effect.kind}` : `${part.mode}: ${statements}`;
}

export async function hashOf(text: string): Promise<string> {
  return (await parseScript(sqlFile(text))).semanticHash;
}
