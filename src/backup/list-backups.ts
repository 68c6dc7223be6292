import type { Client } from 'pg';
import type { BackupSummary } from '../model/backup.ts';
import { environmentNamed, type Project } from '../model/environment.ts';
import { backupFolder, listBackups } from './archive/store.ts';
import { readIdentity } from './backup-session.ts';

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
