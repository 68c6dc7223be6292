import type { History } from '../history/history.ts';
import { LockstepError, type Refusal } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { findUnencodable } from '../pg/encoding.ts';
import { placeOf } from '../sql/text/code-frame.ts';

/** Every character of UTF-8 fits, or nothing is asked. */
const TAKES_ALL = ['UTF8', 'SQL_ASCII'];

/** The first character of each script that the database cannot hold. Comments count: a script's text is kept in the journal. */
export async function findUnencodableIn(steps: readonly Step[], { client }: History, encoding: string): Promise<readonly Refusal[]> {
  if (TAKES_ALL.includes(encoding)) return [];
  const scripts = steps.flatMap((step) => (step.kind === 'sql' ? [step.script.file] : []));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII
  const characters = new Set(scripts.flatMap(({ text }) => text.match(/[^\x00-\x7f]/gu) ?? []));
  const bad = await findUnencodable(client, [...characters]);
  return scripts.flatMap((file): readonly Refusal[] => {
    const [first] = bad.filter((one) => file.text.includes(one)).sort((a, b) => file.text.indexOf(a) - file.text.indexOf(b));
    if (first === undefined) return [];
    const code = `U+${first.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
    return [
      new LockstepError({
        code: 'unencodable-character',
        what: `"${first}" (${code}) has no place in this database, whose encoding is ${encoding}`,
        where: placeOf(file, file.text.indexOf(first)),
        next: 'write another character, in comments too: the text of a migration is kept in its journal',
      }),
    ];
  });
}
