import { LockstepError } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import { placeOf } from '../text/code-frame.ts';

export interface SqlRefusal {
  readonly code: string;
  readonly what: string;
  readonly next: string;
}

/** A refusal of this file at this UTF-16 offset. */
export function refusal(file: SourceFile, offset: number, it: SqlRefusal): LockstepError {
  const { code, what, next } = it;
  return new LockstepError({ code, what, where: placeOf(file, offset), next, exitCode: 2 });
}
