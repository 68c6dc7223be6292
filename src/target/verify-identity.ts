import type { Identity, Remembered } from '../history/identity.ts';
import { applyCommand, ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import type { Environment } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';

/** Whether the database is another one than it remembers to be: restored, copied or renamed. */
const isCopy = (identity: Identity, remembered: Remembered): boolean =>
  (remembered.system !== undefined && identity.system !== undefined && remembered.system !== identity.system) ||
  (remembered.database !== undefined && remembered.database !== identity.database);

/** What a command that was refused is called under another environment: to paste one that does something else would do harm. */
export interface IdentityCommands {
  readonly under: (environment: string) => string;
  readonly adopt: (environment: string) => string;
}

const APPLYING: IdentityCommands = {
  under: applyCommand,
  adopt: (environment) => withOptions(applyCommand(environment), '--adopt'),
};

const ROLLING_BACK: IdentityCommands = {
  under: (environment) => withOptions(ROLLBACK_COMMAND, `--env ${environment}`),
  adopt: (environment) => withOptions(ROLLBACK_COMMAND, `--env ${environment} --adopt`),
};

export const COMMANDS: Readonly<Record<Direction, IdentityCommands>> = { up: APPLYING, down: ROLLING_BACK };

/** Of a command with other words of its own. */
export const MARKING: IdentityCommands = {
  under: (environment) => `the same command with --env ${environment}`,
  adopt: (environment) => `the same command with --env ${environment} --adopt`,
};

/** Of a command that has no `--adopt`: a run that applies has. */
export const THE_SAME: IdentityCommands = { ...MARKING, adopt: APPLYING.adopt };

/**
 * A database remembers the environment it was last run under: a production database must not be met under development's policy.
 * @throws LockstepError (exit 3) naming both
 */
export function verifyIdentity(asked: string, found: FoundIdentity, commands = APPLYING): void {
  const refusal = findOtherIdentity(asked, found, commands);
  if (refusal) throw refusal;
}

/** What the database is, and what it remembers to be. */
export interface FoundIdentity {
  readonly identity: Identity;
  readonly remembered: Remembered | undefined;
  readonly recalled: Environment | undefined;
}

/** The refusal that a run under this environment would meet. */
export function findOtherIdentity(
  asked: string,
  { identity, remembered, recalled }: FoundIdentity,
  commands = APPLYING,
): LockstepError | undefined {
  if (!remembered || remembered.environment === asked) return undefined;
  const { environment, at, host, database, table } = remembered;
  const was = [table, database !== identity.database && database, host && `on ${host}`, at.toISOString().slice(0, 10)]
    .filter(Boolean)
    .join(', ');
  const adopt = `${commands.adopt(asked)}   where it is to be ${asked} from now on`;
  return new LockstepError({
    code: 'other-environment',
    what: `Database "${identity.database}" remembers being ${environment} (${was}), and this run is for ${asked}${isCopy(identity, remembered) ? '; it looks like a copy of that one' : ''}`,
    next: recalled ? `${commands.under(environment)}   where it is still ${environment}\n${adopt}` : adopt,
    exitCode: 3,
  });
}
