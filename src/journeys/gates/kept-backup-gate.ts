import { backupFolder } from '../../backup/archive/store.ts';
import { findVanishing, type Vanishing } from '../../environment/container.ts';
import { shellWord } from '../../model/command.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import type { Gate } from './gate.ts';
import { planBackup } from './plan-backup.ts';

/** Production is not changed on the strength of a backup that goes with the container in which it is written. */
export const keptBackupGate: Gate = async (question) => {
  const { target, journey } = question;
  const { method, command, keptBy, ...policy } = target.policy.backup;
  const isWritten = method !== 'off' && method !== 'external' && command === undefined;
  if (!target.isProduction || !isWritten || keptBy !== undefined) return {};
  const folder = backupFolder(journey.project.root, policy);
  const found = findVanishing(folder, journey.variables);
  if (!found || 'none' in (await planBackup(question))) return {};
  throw refused(folder, found);
};

function refused(folder: string, { container, takesVolumes }: Vanishing): LockstepError {
  const volume = `docker run --volume backups:${shellWord(folder)} …   mounts a volume there; in Kubernetes: volumeMounts (docs/deploy.md)`;
  const kept = "in knexfile.ts: backup: { keptBy: 'the artifacts of the job' }   states what keeps that folder";
  return new LockstepError({
    code: 'backup-would-vanish',
    what: `This runs in ${container}, and the backup in ${folder} would vanish with it; nothing was changed`,
    next: [
      ...(takesVolumes ? [volume] : []),
      "in knexfile.ts: backup: { command: 'aws s3 cp - s3://bucket/$LOCKSTEP_BACKUP' }   sends it elsewhere",
      "in knexfile.ts: backup: { external: 'snapshot id' }   records the snapshot that you took elsewhere",
      ...(takesVolumes ? [kept] : []),
    ].join('\nor '),
    exitCode: 3,
  });
}
