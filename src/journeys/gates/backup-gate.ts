import path from 'node:path';
import { interrupted } from '../../backup/archive/refusals.ts';
import { withBackupSession } from '../../backup/backup-session.ts';
import { chooseBackup, copyNote } from '../../backup/choose-backup.ts';
import { takeBackup } from '../../backup/take-backup.ts';
import type { Backup } from '../../model/backup.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import type { BackupPolicy } from '../../model/policy.ts';
import { listUserTables, measureTables } from '../../pg/user-tables.ts';
import { type EndangeredTables, findEndangered, isHistory, readPlanEffects } from '../../plan/plan-effects.ts';
import type { Gate, GateQuestion, GateResults } from './gate.ts';

/** Beyond this a copy of everything is no longer something to do on the way. */
const LARGEST_BLIND_COPY = 1_000_000_000;

/** Takes a backup right before the plan runs, so that a stale one can never be taken for it, and proves it. */
export const backupGate: Gate = async (question) => {
  const { target, journey } = question;
  const policy = target.policy.backup;
  if (policy.method === 'off') return {};
  if (policy.method === 'external') return recordExternal(question, policy);
  const all = await listUserTables(target.history.client);
  if (all.every((table) => isHistory(table, target.history))) return pass(question, 'the database holds no table yet');
  const choice = await chooseBackup(policy, target.target, journey.variables);
  const endangered = await findEndangered(target.history, readPlanEffects(question.plan));
  const isLarge = endangered.isOpaque && (await measure(question, endangered)) > LARGEST_BLIND_COPY;
  const { settings, environment } = target;
  const common = { settings, target: target.target, environment, policy };
  if (choice.programs) {
    // Counting every row of a large database would take as long as the backup; its tables are still looked for in the dump.
    const tables = isLarge ? [] : endangered.tables;
    return recorded(await takeBackup(journey, { ...common, programs: choice.programs, tables, scope: 'database' }));
  }
  if (endangered.tables.length === 0) return pass(question, 'the plan takes no row and no value from a table that is there');
  if (isLarge) throw tooLarge(target.target.serverMajor);
  const history = all.filter((table) => isHistory(table, target.history));
  const scope = endangered.isOpaque ? 'all tables' : 'some tables';
  const what = endangered.isOpaque ? 'all tables' : 'the tables that the plan touches';
  const tables = [...endangered.tables, ...history];
  return recorded(await takeBackup(journey, { ...common, programs: undefined, tables, scope, note: copyNote(choice.why ?? '', what) }));
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

const measure = ({ target, journey }: GateQuestion, { tables }: EndangeredTables): Promise<number> =>
  withBackupSession(target.settings, journey.interruption, ({ client }) => measureTables(client, tables)).catch((error: unknown) => {
    throw journey.interruption.aborted ? interrupted(journey.interruption) : error;
  });

function tooLarge(major: number): LockstepError {
  return new LockstepError({
    code: 'backup-too-large',
    what: `The plan holds code, a DO block or a function, so all tables would have to be copied, and they are above ${LARGEST_BLIND_COPY / 1e9} GB; nothing was changed`,
    next: [
      `apt-get install postgresql-client-${major}   then pg_dump takes the backup`,
      "or in knexfile.ts: backup: { external: 'snapshot id' }   records the snapshot that you took elsewhere",
    ].join('\n'),
    exitCode: 3,
  });
}

/** What the journal keeps. */
function recorded({ folder, manifest }: Backup): GateResults {
  const { method, scope, at, lsn, file, proof } = manifest;
  const { sha256, bytes } = file;
  return { backup: { file: path.resolve(folder), method, scope, at, sha256, bytes, proof: proof.kind, ...(lsn && { lsn }) } };
}
