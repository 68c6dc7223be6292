import { LockstepError, type Refusal } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import { placeOf } from '../text/code-frame.ts';

export type SqlRefusal = Pick<Refusal, 'code' | 'what' | 'next'>;

/** A refusal of this file at this UTF-16 offset. */
export function refusal(file: SourceFile, offset: number, { code, what, next }: SqlRefusal): LockstepError {
  return new LockstepError({ code, what, where: placeOf(file, offset), next });
}
