import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Backup } from '../model/backup.ts';
import { shellWord } from '../model/command.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { backupFolder, MANIFEST, readBackup } from './archive/store.ts';
import type { Restore } from './restore-file.ts';

/** A backup by its folder, by a file in it, or by its name alone. @throws LockstepError */
export function findBackup({ project, file }: Pick<Restore, 'project' | 'file'>): Backup {
  const folders = project.environments.map(({ policy }) => backupFolder(project.root, policy.backup));
  const places = [path.resolve(file), path.resolve(project.root, file), ...folders.map((folder) => path.join(folder, file))];
  for (const place of places.filter((one) => existsSync(one))) {
    const backup = readBackup(statSync(place).isDirectory() ? place : path.dirname(place));
    if (backup) return withItsFile(backup);
  }
  const damaged = places.find((place) => existsSync(path.join(place, MANIFEST)));
  if (damaged) throw manifestDamaged(file, damaged);
  throw new LockstepError({
    code: 'no-such-backup',
    what: `"${file}" is no backup: there is no ${MANIFEST} in it`,
    next: 'npm run migrate:status   names the newest backup; a pg_dump of your own is restored by pg_restore --dbname NAME FILE',
    exitCode: 2,
  });
}

function manifestDamaged(file: string, folder: string): LockstepError {
  const dump = shellWord(path.join(folder, 'database.dump'));
  const copy = shellWord(path.join(folder, 'tables.sql.gz'));
  return new LockstepError({
    code: 'backup-damaged',
    what: `The manifest of "${file}" is damaged, so nothing tells whether the backup is whole; nothing was changed`,
    where: { file: path.join(folder, MANIFEST) },
    next: existsSync(path.join(folder, 'tables.sql.gz'))
      ? `gunzip -c ${copy} | psql -d NAME   into an empty database, and count its rows`
      : `pg_restore --exit-on-error --dbname NAME ${dump}   into an empty database, and count its rows`,
    exitCode: 3,
  });
}

function withItsFile(backup: Backup): Backup {
  const { file } = backup.manifest;
  if (file.storedBy === 'folder') return backup;
  if (existsSync(path.join(backup.folder, file.name)))
    return { ...backup, manifest: { ...backup.manifest, file: { ...file, storedBy: 'folder' } } };
  throw new LockstepError({
    code: 'backup-elsewhere',
    what: `This backup went to a command (backup.command in knexfile.ts); only its manifest is here`,
    next: `fetch it to ${path.join(backup.folder, file.name)} and run the command again`,
    exitCode: 2,
  });
}
