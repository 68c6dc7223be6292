import { LockstepError, type Refusal } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import type { Statement } from '../../model/script.ts';
import { placeOf } from '../text/code-frame.ts';

export type SqlRefusal = Pick<Refusal, 'code' | 'what' | 'next'>;

/** A refusal of this file at this UTF-16 offset. */
export const refusal = (file: SourceFile, offset: number, { code, what, next }: SqlRefusal): LockstepError =>
  new LockstepError({ code, what, where: placeOf(file, offset), next });

/** A refusal of one of its statements, which is named by its first words. */
export function refusalAt(
  { file, statements }: { readonly file: SourceFile; readonly statements: readonly Statement[] },
  index: number,
  it: (summary: string) => SqlRefusal,
): LockstepError {
  const { start, summary } = statements[index] ?? { start: 0, summary: '' };
  return refusal(file, start, it(summary));
}
