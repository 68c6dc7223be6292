import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { findDamage } from '../backup/archive/verify-backup.ts';
import { countRows } from '../backup/backup-session.ts';
import { chooseTable, findBackup } from '../backup/find-backup.ts';
import { type Restore, type Restored, type Restoring, restoreFile } from '../backup/restore-file.ts';
import { createLike, dropDatabase, exchangeDatabases, isDatabaseThere, listSessions } from '../backup/restore-target.ts';
import { type Backup, tableName } from '../model/backup.ts';
import { shellWord } from '../model/command.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import { targetName } from '../model/target.ts';
import { withConnection } from '../pg/connect.ts';
import { listUserTables } from '../pg/user-tables.ts';
import { openEnvironment } from '../target/open-environment.ts';

/**
 * Brings a backup back, and compares the rows with its manifest. A database that is there is never written over: a whole dump takes
 * its name and leaves it under another one, and single tables come back only where they are gone.
 */
export async function restore(journey: Restore): Promise<Restored> {
  const startedAt = performance.now();
  const backup = findBackup(journey);
  const damage = await findDamage(backup);
  if (damage) throw damaged(backup, damage);
  const opened = await openEnvironment({ ...journey, env: environmentOf(journey, backup) });
  const table = journey.table === undefined ? undefined : chooseTable(backup, journey.table, journey.into);
  const restoring = { journey, backup, settings: { ...opened.settings, database: journey.into }, ...(table && { table }) };
  const restored = await place(restoring);
  const rows = restored.tables.reduce((sum, one) => sum + one.rows, 0);
  const durationMs = performance.now() - startedAt;
  const note = restored.notes.join('; ');
  journey.emit({
    type: 'restored',
    target: targetName(opened),
    file: path.relative(process.cwd(), backup.folder) || backup.folder,
    database: journey.into,
    tables: restored.tables.length,
    rows,
    durationMs,
    ...(note && { note }),
  });
  return restored;
}

/** Unless it is told another one: the backup's own, so that the command that every backup prints leads back to where it came from. */
const environmentOf = ({ env, variables }: Restore, { manifest }: Backup): string =>
  env ?? (variables['MIGRATE_ENV'] || manifest.environment);

async function place(restoring: Restoring): Promise<Restored> {
  const { settings, backup, table } = restoring;
  if (!(await isDatabaseThere(settings))) return intoNew(restoring);
  const tables = await withConnection(settings, listUserTables);
  if (tables.length > 0) await askForName(restoring);
  if (tables.length === 0) return verified(restoring);
  return table || backup.manifest.method === 'copy' ? besideOthers(restoring) : inPlaceOf(restoring);
}

/** Tables come back and history does not: their migration would be applied onto them. */
async function besideOthers(restoring: Restoring): Promise<Restored> {
  const restored = await verified(restoring);
  const note =
    'history stays as it is; where a rollback took these tables: npm run migrate:baseline -- --to VERSION   marks its migration as applied again';
  return { ...restored, notes: [...restored.notes, note] };
}

/** What fails leaves no half of a database behind. */
async function intoNew(restoring: Restoring): Promise<Restored> {
  await createLike(restoring.settings, restoring.backup.manifest.database);
  try {
    return await verified(restoring);
  } catch (error) {
    await dropDatabase(restoring.settings).catch(() => {});
    throw error;
  }
}

async function verified(restoring: Restoring): Promise<Restored> {
  const restored = await restoreFile(restoring);
  await withConnection(restoring.settings, async (client) => {
    for (const table of restored.tables) {
      const rows = await countRows(client, table);
      if (rows !== table.rows) throw incomplete(tableName(table), rows, table.rows);
    }
  });
  return restored;
}

async function inPlaceOf(restoring: Restoring): Promise<Restored> {
  const { settings } = restoring;
  await verifyNobodyThere(settings);
  const next = { ...settings, database: `${settings.database.slice(0, 40)}_restoring_${randomBytes(4).toString('hex')}` };
  const restored = await intoNew({ ...restoring, settings: next });
  const kept = `${settings.database.slice(0, 40)}_before_${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`;
  try {
    await verifyNobodyThere(settings);
    const lost = await exchangeDatabases(settings, { next: next.database, kept });
    return {
      ...restored,
      notes: [...restored.notes, ...lost.map((one) => `not restored: ${one}`), `the database that was there is kept as "${kept}"`],
    };
  } catch (error) {
    await dropDatabase(next).catch(() => {});
    throw error;
  }
}

async function verifyNobodyThere(settings: ConnectionSettings): Promise<void> {
  const sessions = await listSessions(settings);
  if (sessions.length === 0) return;
  throw new LockstepError({
    code: 'database-in-use',
    what: `Database "${settings.database}" is in use by ${listed(sessions, 3)}; nothing was changed`,
    next: 'stop what uses it and run the command again, or restore into another name',
    exitCode: 3,
  });
}

async function askForName({ journey, backup, settings }: Restoring): Promise<void> {
  const { overwrite, ask, table, env, withoutOwners } = journey;
  const name = settings.database;
  const of = backup.manifest.database.name;
  const holds = `Database "${name}" holds tables${of === name ? '' : `, the backup is of "${of}"`}`;
  const typed = overwrite ?? (await ask?.(`${holds}. Type its name to restore into it: `));
  if (typed?.trim() === name) return;
  const words = [
    ...(env === undefined ? [] : ['--env', env]),
    path.relative(process.cwd(), backup.folder),
    ...['--into', name],
    ...(table === undefined ? [] : ['--table', table]),
    ...(withoutOwners ? ['--without-owners'] : []),
    ...['--overwrite', name],
  ];
  throw new LockstepError({
    code: 'restore-not-confirmed',
    what: `${holds}, and ${typed === undefined ? 'nobody has typed its name' : `"${typed.trim()}" is not its name`}; nothing was changed`,
    next: `npm run migrate:restore -- ${words.map(shellWord).join(' ')}`,
    exitCode: 3,
  });
}

function damaged({ folder }: Backup, damage: string): LockstepError {
  return new LockstepError({
    code: 'backup-damaged',
    what: `The backup is damaged: ${damage}; nothing was changed`,
    where: { file: folder },
    next: 'npm run migrate:status   names the newest backup; take another one',
    exitCode: 3,
  });
}

function incomplete(table: string, rows: number, expected: number): LockstepError {
  return new LockstepError({
    code: 'restore-incomplete',
    what: `${table} holds ${rows.toLocaleString('en')} rows after the restore; the backup holds ${expected.toLocaleString('en')}`,
    next: 'restore into a database of its own: --into NAME',
    exitCode: 1,
  });
}
