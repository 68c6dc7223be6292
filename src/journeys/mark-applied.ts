import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError } from '../model/lockstep-error.ts';
import { adoptKnex } from './adopt-knex.ts';
import { baseline } from './baseline.ts';

export interface MarkWish extends Journey {
  readonly to?: string;
  /** Of stock Knex. */
  readonly table?: string;
  readonly dryRun?: boolean;
}

/** Does what `migrate:baseline` was asked for: one of two things. */
export async function markApplied({ to, table, ...journey }: MarkWish): Promise<ExitCode> {
  if (to !== undefined && table === undefined) return baseline({ ...journey, to });
  if (to === undefined && table !== undefined) return adoptKnex({ ...journey, table });
  throw new LockstepError({
    code: 'usage',
    what:
      to === undefined
        ? 'migrate:baseline needs a version, or a table of stock Knex'
        : 'migrate:baseline takes --to or --from-knex, not both',
    next: 'npm run migrate:baseline -- --to 001\nnpm run migrate:baseline -- --from-knex',
    exitCode: 2,
  });
}
