import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readSource } from '../files/read-source.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError } from '../model/lockstep-error.ts';
import { rewritten } from '../sql/script/edits.ts';
import { readScript } from '../sql/script/read-script.ts';

/** Takes BEGIN and COMMIT out of files that are several transactions, and marks where each begins. Touches no database. */
export async function rewrite({ project, emit }: Journey, files: readonly string[]): Promise<ExitCode> {
  const texts: (readonly [file: string, text: string])[] = [];
  for (const file of files) {
    const reading = await readScript(readSource(project.root, file));
    const text = rewritten(reading);
    if (text === undefined) throw nothingToRewrite(file);
    texts.push([file, text]);
  }
  // All or none: what is refused changes nothing.
  for (const [file, text] of texts) await writeFile(path.join(project.root, file), text);
  emit({ type: 'recorded', text: 'Rewrote, with -- part: transaction where a transaction began:', names: files });
  return 0;
}

const nothingToRewrite = (file: string): LockstepError =>
  new LockstepError({
    code: 'nothing-to-rewrite',
    what: `${file} has no BEGIN and COMMIT that could be taken out; nothing was changed`,
    where: { file },
    next: 'npm run migrate:dev -- --dry-run   tells what is wrong with it',
  });
