import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import { type Backup, type BackupSummary, isSameTable, type TableName, tableName } from '../model/backup.ts';
import { restoreCommand, shellWord } from '../model/command.ts';
import { environmentNamed, type Project } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { identifier, qualified } from '../pg/sql-text.ts';
import { backupFolder, listBackups, MANIFEST, readBackup } from './archive/store.ts';
import { readIdentity } from './backup-session.ts';
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
  });
}

/**
 * The table of a backup that somebody names, as the gate writes it or plainly.
 * @param into the database that is to take it
 * @throws LockstepError (exit 2)
 */
export function chooseTable(backup: Backup, wish: string, into: string): TableName {
  const candidates = backup.manifest.tables.filter((table) =>
    // As the gate names it: "My table", s."My table".
    [
      tableName(table),
      table.name,
      identifier(table.name),
      `${table.schema}.${identifier(table.name)}`,
      qualified(table.schema, table.name),
    ].includes(wish),
  );
  const [only, ...more] = candidates;
  if (only && more.every((one) => isSameTable(one, only))) return { schema: only.schema, name: only.name };
  throw new LockstepError({
    code: 'table-not-in-backup',
    what: only
      ? `"${wish}" may be ${candidates.map(tableName).join(' or ')}`
      : `The backup holds no table with rows of its own that is called "${wish}"`,
    next: only ? oneOf(candidates) : `${oneOf(backup.manifest.tables)}\n${partitioned(backup, into)}`,
  });
}

const oneOf = (tables: Backup['manifest']['tables']): string =>
  `--table ${tables
    .slice(0, 8)
    .map((table) => shellWord(tableName(table)))
    .join(', or ')}`;

/** A copy makes what is gone where it was; a dump goes into a database as a whole. */
function partitioned({ folder, manifest }: Backup, into: string): string {
  const command = restoreCommand(path.relative(process.cwd(), folder), manifest.method === 'copy' ? into : `${into}_restored`);
  return `or, for a partitioned table: ${command}`;
}

/** The backups of this database that its environment's folder holds, newest first. Reads manifests only. */
export async function listBackupsOf(client: Client, project: Project, environment: string): Promise<readonly BackupSummary[]> {
  const { policy } = environmentNamed(project, environment);
  const found = listBackups(backupFolder(project.root, policy.backup), await readIdentity(client));
  return found.map(({ folder, manifest }) => ({
    folder,
    at: new Date(manifest.at),
    method: manifest.method,
    scope: manifest.scope,
    bytes: manifest.file.bytes,
    proof: manifest.proof.kind,
  }));
}
