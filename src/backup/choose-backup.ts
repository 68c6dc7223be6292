import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import type { DumpPrograms } from './archive/program.ts';
import { versionRefusal } from './archive/refusals.ts';
import { findPgDump, versionsOf } from './dump/find-pg-dump.ts';

export interface BackupChoice {
  /** Undefined: our own copy. */
  readonly programs?: DumpPrograms;
  /** Why it is a copy. */
  readonly why?: string;
}

/** How this server is backed up from here. @throws LockstepError (exit 3) where the policy wants a pg_dump that is not there */
export async function chooseBackup(policy: BackupPolicy, target: Target, variables: Journey['variables']): Promise<BackupChoice> {
  if (policy.command !== undefined && policy.proof === 'restore') throw notRestorable();
  if (policy.method === 'copy') return { why: 'the policy says copy' };
  const { usable, seen } = await findPgDump({ serverMajor: target.serverMajor, configured: policy.pgDump ?? variables['PG_DUMP'] });
  if (usable) return { programs: usable };
  if (policy.method === 'pg_dump') throw versionRefusal(seen, target);
  const found = versionsOf(seen);
  return { why: `the server is PostgreSQL ${target.serverVersion} and ${found ? `pg_dump is ${found}` : 'there is no pg_dump'}` };
}

/** What a copy is not, in its own output. */
export const copyNote = (why: string, scope: string): string =>
  `this is a copy of ${scope} (${why}): it brings back tables that are gone, and the rows of those that stay beside them (--into a new database); it is no database backup: views, functions that no table uses, large objects, roles and the database's own settings are not in it`;

function notRestorable(): LockstepError {
  return new LockstepError({
    code: 'backup-policy',
    what: "backup.proof 'restore' needs the backup in a folder, and backup.command sends it elsewhere",
    next: "in knexfile.ts: backup: { proof: 'read' }   or leave out the command",
  });
}
