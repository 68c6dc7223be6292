import { chooseBackup, copyNote } from '../backup/choose-backup.ts';
import { takeBackup } from '../backup/take-backup.ts';
import { readRemembered } from '../history/identity.ts';
import { inspectTables } from '../history/tables.ts';
import type { Backup } from '../model/backup.ts';
import { findEnvironmentName } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { readTarget, verifyServerVersion } from '../pg/target.ts';
import { listUserTables } from '../pg/user-tables.ts';
import { connectTarget } from '../target/connect-target.ts';
import { openEnvironment } from '../target/open-environment.ts';

/** Backs up the whole database, whatever the policy says about runs. Takes no RunLock: one snapshot is consistent by itself. */
export async function backUp(journey: Journey): Promise<Backup> {
  const { chosen, settings } = await openEnvironment(journey);
  const client = await connectTarget({ settings, application: 'lockstep backup', createMissing: false, ...journey });
  try {
    const { target } = await readTarget(client, settings);
    verifyServerVersion(target);
    const { hasJournal } = await inspectTables(client, settings.schema);
    const remembered = hasJournal ? (await readRemembered(client, settings.schema))?.environment : undefined;
    const environment = chosen ?? findEnvironmentName(remembered ?? '') ?? 'development';
    journey.emit({ type: 'connected', environment, target });
    const policy = journey.project.policies[environment].backup;
    const method = policy.method === 'off' || policy.method === 'external' ? 'auto' : policy.method;
    const { programs, why } = await chooseBackup({ ...policy, method }, target, journey.variables);
    const tables = await listUserTables(client);
    if (!programs && tables.length === 0) throw nothingThere(target.database);
    const note = programs ? undefined : copyNote(why ?? '', 'all tables');
    const wish = { settings, target, environment, policy, programs, tables, scope: programs ? 'database' : 'all tables' } as const;
    return await takeBackup(journey, { ...wish, ...(note && { note }) });
  } finally {
    await client.end().catch(() => {});
  }
}

function nothingThere(database: string): LockstepError {
  return new LockstepError({
    code: 'nothing-to-back-up',
    what: `Database "${database}" holds no table`,
    next: 'npm run migrate:status',
    exitCode: 2,
  });
}
