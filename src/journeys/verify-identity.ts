import { applyCommand, withOptions } from '../model/command.ts';
import { type EnvironmentName, findEnvironmentName } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Identity, Remembered } from '../pg/identity.ts';

/** Whether the database is another one than it remembers to be: restored, copied or renamed. */
const isCopy = (identity: Identity, remembered: Remembered): boolean =>
  (remembered.system !== undefined && identity.system !== undefined && remembered.system !== identity.system) ||
  (remembered.database !== undefined && remembered.database !== identity.database);

/**
 * A database remembers the environment it was last run under: a production database must not be met under development's policy.
 * @throws LockstepError (exit 3) naming both
 */
export function verifyIdentity(asked: EnvironmentName, identity: Identity, remembered: Remembered | undefined): void {
  if (!remembered || remembered.environment === asked) return;
  const { environment, at, host, database } = remembered;
  const was = [database !== identity.database && database, host && `on ${host}`, at.toISOString().slice(0, 10)].filter(Boolean).join(', ');
  const known = findEnvironmentName(environment);
  const adopt = `${withOptions(applyCommand(asked), '--adopt')}   where it is to be ${asked} from now on`;
  throw new LockstepError({
    code: 'other-environment',
    what: `Database "${identity.database}" remembers being ${environment} (${was}), and this run is for ${asked}${isCopy(identity, remembered) ? '; it looks like a copy of that one' : ''}`,
    next: known ? `${applyCommand(known)}   where it is still ${environment}\n${adopt}` : adopt,
    exitCode: 3,
  });
}
