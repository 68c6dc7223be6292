import { existsSync } from 'node:fs';
import { findDamage } from '../backup/archive/verify-backup.ts';
import { restoreForeignDump } from '../backup/dump/restore-foreign-dump.ts';
import { findBackup } from '../backup/find-backup.ts';
import { restoreFile } from '../backup/restore-file.ts';
import type { Backup } from '../model/backup.ts';
import type { ConnectionSettings, Environment } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import { withConnection } from '../pg/connect.ts';
import { identifier } from '../pg/sql-text.ts';
import { withReader } from '../target/with-reader.ts';
import { type Live, readLive } from './live-schema.ts';
import type { Rehearse } from './rehearsal-wish.ts';
import type { ScratchPlace } from './scratch-place.ts';

/** A database whose rows are copied. */
export interface CopySource {
  /** `staging`, or the file. */
  readonly name: string;
  readonly isFile: boolean;
  /** Whose settings the migrations are replayed with. */
  readonly env?: string;
  readonly live: Live;
  readonly notes: readonly string[];
  /** Removes what was made of it only to be read. */
  readonly forget: () => Promise<void>;
}

export async function fromEnvironment(journey: Journey, { name }: Environment): Promise<CopySource> {
  const live = await withReader({ ...journey, env: name }, readLive);
  const isOther = live.remembered !== undefined && live.remembered !== name;
  const notes = isOther ? [`the rows are those of ${live.server.database}, which remembers being ${live.remembered}, not ${name}`] : [];
  return { name, isFile: false, env: name, live, notes, forget: async () => {} };
}

type Perform = (source: CopySource, place: ScratchPlace) => Promise<Rehearsal>;

/** Restores a backup, or the file of a pg_dump, into a database of its own on the scratch server, which goes as soon as its rows are copied. */
export async function withBackupSource(
  journey: Rehearse,
  { place, file }: { readonly place: ScratchPlace; readonly file: string },
  perform: Perform,
): Promise<Rehearsal> {
  const backup = findOwn(journey, file);
  if (!backup && !existsSync(file)) throw noSource(journey, file);
  if (journey.mask?.length && !place.isOwn) throw notMasked(file);
  const settings: ConnectionSettings = { ...place.settings, database: `${place.prefix}source` };
  const forget = (): Promise<void> =>
    withConnection(place.settings, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${identifier(settings.database)} WITH (FORCE)`);
    });
  await withConnection(place.settings, (client) => client.query(`CREATE DATABASE ${identifier(settings.database)} TEMPLATE template0`));
  try {
    const notes = backup
      ? await restoreOwn(journey, backup, settings)
      : await restoreForeignDump({ file, settings, signal: journey.interruption });
    const variables = { ...place.variables, DB_NAME: settings.database };
    const live = await withReader({ ...journey, env: 'test', variables }, readLive);
    return await perform({ name: nameOf(file, backup), isFile: true, live, notes, forget }, place);
  } finally {
    await forget();
  }
}

function findOwn({ project }: Journey, file: string): Backup | undefined {
  try {
    return findBackup({ project, file });
  } catch (error) {
    if (isLockstepError(error) && error.code === 'no-such-backup') return undefined;
    throw error;
  }
}

const nameOf = (file: string, backup: Backup | undefined): string =>
  backup ? `the backup of ${backup.manifest.environment} of ${backup.manifest.at.slice(0, 10)}` : file;

async function restoreOwn(journey: Journey, backup: Backup, settings: ConnectionSettings): Promise<readonly string[]> {
  const damage = await findDamage(backup);
  if (damage)
    throw new LockstepError({
      code: 'backup-damaged',
      what: `The backup is damaged: ${damage}`,
      where: { file: backup.folder },
      next: 'npm run migrate:status   names the newest backup; take another one',
      exitCode: 3,
    });
  const { notes } = await restoreFile({
    journey: { ...journey, file: backup.folder, into: settings.database, withoutOwners: true },
    backup,
    settings,
  });
  return notes;
}

const noSource = ({ project }: Journey, from: string): LockstepError =>
  new LockstepError({
    code: 'no-such-source',
    what: `"${from}" is neither an environment nor a backup nor a file`,
    next: `environments: ${project.environments.map(({ name }) => name).join(', ')}; npm run migrate:status   names the newest backup`,
  });

const notMasked = (file: string): LockstepError =>
  new LockstepError({
    code: 'mask-impossible',
    what: `${file} holds the values as they are, and the server of SCRATCH_URL would see them before they are masked; nothing was copied`,
    next: 'leave out SCRATCH_URL: a server is started here then; or rehearse --from an environment, whose rows are masked before they are sent',
    exitCode: 3,
  });
