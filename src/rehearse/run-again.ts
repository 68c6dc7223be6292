import type { Client } from 'pg';
import type { Where } from '../model/lockstep-error.ts';
import type { Repetition } from '../model/rehearsal.ts';
import type { Script, Statement } from '../model/script.ts';
import { ScriptQueryError, sendScript } from '../pg/script-query.ts';
import { placeOf } from '../sql/text/code-frame.ts';

interface Again {
  readonly script: Script;
  /** Whether the database is now as it was when the script had run once. */
  readonly isSame: () => Promise<boolean>;
}

/** More prefixes than this of a script would take longer than they tell. */
const MOST_PREFIXES = 20;

const textOf = ({ file }: Script, statements: readonly Statement[]): string =>
  file.text.slice(statements[0]?.start, statements.at(-1)?.end);

const only = ({ parts }: Script): readonly Statement[] | undefined =>
  parts.length === 1 && parts[0]?.mode === 'transaction' ? parts[0].statements : undefined;

/** Runs a script on its own result, and rolls that back. @returns undefined for what cannot run in one transaction */
export async function runAgain(client: Client, { script, isSame }: Again): Promise<Repetition | undefined> {
  const statements = only(script);
  return statements && tryTwice(client, { script, isSame }, { first: [], statements });
}

/** From before the script has run: some of its statements, then all of them, as after a run that was cut off. */
export async function runAfterPrefixes(client: Client, again: Again): Promise<Repetition | undefined> {
  const statements = only(again.script);
  if (!statements || statements.length > MOST_PREFIXES) return undefined;
  for (let n = 1; n < statements.length; n += 1) {
    const found = await tryTwice(client, again, { first: statements.slice(0, n), statements });
    if (!found.isHarmless) return { ...found, what: `after its first ${n === 1 ? 'statement' : `${n} statements`}: ${found.what}` };
  }
  return { isHarmless: true };
}

interface Tried {
  readonly first: readonly Statement[];
  readonly statements: readonly Statement[];
}

async function tryTwice(client: Client, { script, isSame }: Again, { first, statements }: Tried): Promise<Repetition> {
  const text = [first, statements].map((some) => (some.length > 0 ? `${textOf(script, some)}\n;` : '')).join('');
  try {
    await sendScript(client, `BEGIN; ${text}`);
    return (await isSame()) ? { isHarmless: true } : { isHarmless: false, what: 'it changes something each time that it runs' };
  } catch (error) {
    const completed = error instanceof ScriptQueryError ? error.sent.completed - 1 - first.length : 0;
    const failed = statements[Math.max(0, completed)];
    return refused(script, failed, error as Error);
  } finally {
    await client.query('ROLLBACK');
  }
}

function refused(script: Script, failed: Statement | undefined, error: Error): Repetition {
  const { line = 1 }: Where = placeOf(script.file, failed?.start ?? 0);
  const guard = failed && guardFor(failed.summary);
  return { isHarmless: false, what: `line ${line}, ${failed?.summary ?? 'a statement'}: ${error.message}`, ...(guard && { guard }) };
}

const GUARDS: readonly (readonly [RegExp, string])[] = [
  [
    /^CREATE (UNIQUE )?INDEX|^CREATE (TABLE|SEQUENCE|SCHEMA|EXTENSION|MATERIALIZED VIEW|STATISTICS)/,
    'IF NOT EXISTS behind the kind of object',
  ],
  [/^CREATE (VIEW|FUNCTION|PROCEDURE|TRIGGER|RULE)/, 'CREATE OR REPLACE'],
  [/^CREATE (TYPE|DOMAIN|POLICY|ROLE|CAST|OPERATOR|AGGREGATE)/, 'DROP … IF EXISTS before it, or a DO block that looks first'],
  [/^DROP/, 'IF EXISTS'],
  [/^INSERT/, 'ON CONFLICT DO NOTHING, or WHERE NOT EXISTS'],
  [/^ALTER TABLE/, 'ADD COLUMN IF NOT EXISTS, DROP … IF EXISTS; before ADD CONSTRAINT: DROP CONSTRAINT IF EXISTS'],
  [/^ALTER TYPE/, 'ADD VALUE IF NOT EXISTS'],
  [/^(UPDATE|DELETE)/, 'a WHERE that leaves out what is done already'],
];

const guardFor = (summary: string): string | undefined => GUARDS.find(([words]) => words.test(summary))?.[1];
