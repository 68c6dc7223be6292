import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { type Lint, planFixes } from '../journeys/lint.ts';
import type { FixedFile } from '../lint/fix-migrations.ts';
import type { ExitCode } from '../model/lockstep-error.ts';
import { printable } from '../model/printable.ts';
import { countsOf, lintText } from '../report/lint-text.ts';
import { print } from './print.ts';

interface FixWish {
  /** Without a question. */
  readonly write: boolean;
}

/** Shows the online form of what can be rewritten, and writes it where somebody says so. @returns 1 where it is not written, or an error is left */
export async function tellFix(journey: Lint, { write }: FixWish): Promise<ExitCode> {
  const { files, open, result } = await planFixes(journey);
  for (const one of files) print(printable(diffOf(one)));
  const isMeant = files.length > 0 && (write || (await isAnswered(journey, files.length)));
  if (isMeant) for (const { file, text } of files) writeFileSync(path.join(journey.project.root, file.path), text);
  print(
    printable(
      `${summaryOf(files, isMeant)}${open.length > 0 ? `\nWhat is left needs a decision of yours: ${countsOf(open)}\n\n${lintText({ ...result, findings: open })}` : ''}`,
    ),
  );
  const isLeft = files.length > 0 && !isMeant;
  return isLeft || open.some(({ severity }) => severity === 'error') ? 1 : 0;
}

const diffOf = ({ file, text }: FixedFile): string =>
  `${createTwoFilesPatch(file.path, file.path, file.text, text, undefined, undefined, { context: 3 }).replace(/^Index:.*\n=+\n/, '')}\n`;

async function isAnswered({ ask }: Lint, files: number): Promise<boolean> {
  return ask !== undefined && /^(?:y|yes)$/i.test((await ask(`Write ${files === 1 ? 'this' : `these ${files} files`}? [y/N] `)).trim());
}

function summaryOf(files: readonly FixedFile[], isWritten: boolean): string {
  if (files.length === 0) return 'Nothing to rewrite\n';
  const settled = files.flatMap((one) => one.settled).length;
  const names = [...new Set(files.flatMap((one) => one.settled.map(({ migration }) => migration)))];
  const what = `${settled} ${settled === 1 ? 'finding' : 'findings'} in ${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  if (!isWritten) return `${what} can be rewritten; nothing was written\nNext: npm run migrate:lint -- --fix --write\n`;
  return `${what} rewritten; what stood in one transaction now commits part by part, and a run that is cut off goes on where it was\nNext: npm run migrate:rehearse -- ${names[0] ?? ''}   proves it on a scratch server\n`;
}
