import { LockstepError, type Where } from '../model/lockstep-error.ts';
import type { SourceFile } from '../model/migration.ts';
import { placeOf } from './place.ts';

export interface SqlRefusal {
  readonly code: string;
  readonly what: string;
  readonly next: string;
  readonly detail?: string;
}

/** A refusal of this file at this UTF-16 offset. */
export function refusal(file: SourceFile, offset: number, it: SqlRefusal): LockstepError {
  return refusalAt(placeOf(file, offset), it);
}

export const refusalAt = (where: Where, it: SqlRefusal): LockstepError => new LockstepError({ ...it, where, exitCode: 2 });
