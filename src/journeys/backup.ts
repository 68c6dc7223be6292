import { chooseBackup, copyNote } from '../backup/choose-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import type { Backup } from '../model/backup.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { listUserTables } from '../pg/user-tables.ts';
import { withReader } from '../target/with-reader.ts';

/** Backs up the whole database, whatever the policy says about runs. Takes no RunLock: one snapshot is consistent by itself. */
export async function backUp(journey: Journey): Promise<Backup> {
  const { target: found, tables } = await withReader(journey, async (target) => ({
    target,
    tables: await listUserTables(target.history.client),
  }));
  const { environment, target, settings, policy } = found;
  journey.emit({ type: 'connected', environment, server: target });
  const { backup } = policy;
  const method = backup.method === 'off' || backup.method === 'external' ? 'auto' : backup.method;
  const { programs, why } = await chooseBackup({ ...backup, method }, target, journey.variables);
  if (!programs && tables.length === 0) throw nothingThere(target.database);
  const note = programs ? undefined : copyNote(why ?? '', 'all tables');
  const job = { settings, target, environment, policy: backup, programs, tables, scope: programs ? 'database' : 'all tables' } as const;
  return takeBackup(journey, { ...job, ...(note && { note }) });
}

const nothingThere = (database: string): LockstepError =>
  new LockstepError({ code: 'nothing-to-back-up', what: `Database "${database}" holds no table`, next: 'npm run migrate:status' });
