import path from 'node:path';
import { takeBackup } from '../../backup/take-backup.ts';
import type { Backup } from '../../model/backup.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import type { BackupPolicy } from '../../model/policy.ts';
import type { Gate, GateQuestion, GateResults } from './gate.ts';
import { planBackup } from './plan-backup.ts';

/** Takes a backup right before the plan runs, so that a stale one can never be taken for it, and proves it. */
export const backupGate: Gate = async (question) => {
  const { target, journey } = question;
  const policy = target.policy.backup;
  if (policy.method === 'off') return {};
  if (policy.method === 'external') return recordExternal(question, policy);
  const wish = await planBackup(question);
  return 'none' in wish ? pass(question, wish.none) : recorded(await takeBackup(journey, wish), policy);
};

function recordExternal({ journey }: GateQuestion, { external }: BackupPolicy): GateResults {
  if (!external)
    throw new LockstepError({
      code: 'backup-external-unnamed',
      what: 'The policy relies on a snapshot taken elsewhere, and does not name it; nothing was changed',
      next: "in knexfile.ts: backup: { external: 'snapshot id' }",
      exitCode: 3,
    });
  journey.emit({ type: 'note', text: `no backup is taken here: the operator states that snapshot "${external}" is one` });
  return { backup: { method: 'external', external } };
}

function pass({ journey }: GateQuestion, reason: string): GateResults {
  journey.emit({ type: 'note', text: `no backup is needed: ${reason}` });
  return { backup: { method: 'none', reason } };
}

/** What the journal keeps. */
function recorded({ folder, manifest }: Backup, { keptBy }: BackupPolicy): GateResults {
  const { method, scope, at, lsn, file, proof } = manifest;
  const { sha256, bytes } = file;
  return {
    backup: {
      file: path.resolve(folder),
      method,
      scope,
      at,
      sha256,
      bytes,
      proof: proof.kind,
      ...(lsn && { lsn }),
      ...(keptBy && { keptBy }),
    },
  };
}
