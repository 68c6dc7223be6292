import path from 'node:path';
import { ownPackage } from '../files/own-package.ts';
import type { Backup, BackupManifest } from '../model/backup.ts';
import { restoreCommand } from '../model/command.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { databaseError } from '../pg/script-query.ts';
import { listUserTables } from '../pg/user-tables.ts';
import { grantRemedy, interrupted } from './archive/refusals.ts';
import { backupFolder, dropDraft, finishDraft, openDraft, pruneBackups, sweepDrafts } from './archive/store.ts';
import { withBackupSession } from './backup-session.ts';
import { type BackupWish, type Made, type Making, makeFile } from './make-backup.ts';
import { trackBackup } from './progress.ts';
import { proveByRestore } from './prove-by-restore.ts';

type Surroundings = Pick<Journey, 'project' | 'emit' | 'interruption'>;

/**
 * Takes a backup in one snapshot, reads it back, and gives it its name only then. Whatever goes wrong, its draft is removed.
 * @throws LockstepError (exit 3) with what is to be put right
 */
export async function takeBackup(surroundings: Surroundings, wish: BackupWish): Promise<Backup> {
  const { project, emit, interruption } = surroundings;
  const folder = backupFolder(project.root, wish.policy);
  const started = performance.now();
  sweepDrafts(folder);
  const draft = openDraft(folder, wish.target.database);
  try {
    const backup = await withBackupSession(wish.settings, { signal: interruption }, async (session) => {
      const progress = trackBackup(emit, draft.final, wish.programs ? await listUserTables(session.client) : wish.tables);
      const name = wish.programs ? 'database.dump' : 'tables.sql.gz';
      const { command } = wish.policy;
      const destination = { file: path.join(draft.folder, name), name: `${draft.name}-${name}`, ...(command !== undefined && { command }) };
      const startedAt = new Date();
      return make({ ...wish, session, draft, startedAt, destination, progress, signal: interruption, root: project.root }, started);
    });
    pruneBackups(folder, backup.manifest.database, wish.policy);
    tell(surroundings, backup, wish.note);
    return backup;
  } catch (error) {
    dropDraft(draft);
    throw interruption.aborted ? interrupted(interruption) : (serverRefusal(error, wish.target.user) ?? error);
  }
}

/** What the server refuses in the middle is no bug, and stops the run before it begins. */
function serverRefusal(error: unknown, user: string): LockstepError | undefined {
  const said = databaseError(error);
  if (!said) return undefined;
  return new LockstepError({
    code: 'backup-failed',
    what: `The backup failed: ${said.message}; its draft was removed and nothing was changed`,
    detail: said.code ?? '',
    next: remedy(said, user),
    exitCode: 3,
    cause: error,
  });
}

function remedy({ code, message }: { readonly code?: string | undefined; readonly message: string }, user: string): string {
  if (code === '55P03')
    return "npm run migrate:backup   tries it alone, once nobody holds the table: SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle';";
  return grantRemedy(message, user, code === '42501') ?? 'npm run migrate:backup   tries it alone';
}

async function make(making: Making, started: number): Promise<Backup> {
  const made = await makeFile(making);
  const provedAt = performance.now();
  if (making.policy.proof === 'restore') await proveByRestore(making, made.tables);
  const now = performance.now();
  return finishDraft(making.draft, manifestOf(making, made, { proofMs: made.readMs + now - provedAt, totalMs: now - started }));
}

function manifestOf(making: Making, made: Made, times: { readonly proofMs: number; readonly totalMs: number }): BackupManifest {
  const { session, target, environment, programs, scope, destination, policy } = making;
  const { host, port, serverVersion, serverMajor } = target;
  return {
    format: 1,
    tool: `lockstep ${ownPackage().version}`,
    method: programs ? 'pg_dump' : 'copy',
    scope: programs ? 'database' : scope,
    environment,
    at: session.at.toISOString(),
    server: { host, port, version: serverVersion, major: serverMajor },
    database: session.database,
    ...(session.lsn && { lsn: session.lsn }),
    ...(programs && { pgDumpVersion: programs.version }),
    tables: made.tables,
    file: {
      name: path.basename(destination.file),
      bytes: made.bytes,
      sha256: made.sha256,
      storedBy: destination.command === undefined ? 'folder' : 'command',
    },
    proof: { kind: policy.proof, durationMs: Math.round(times.proofMs) },
    durationMs: Math.round(times.totalMs),
  };
}

function tell({ emit, project: { root } }: Surroundings, { folder, manifest }: Backup, note: string | undefined): void {
  const file = path.relative(root, folder).startsWith('..') ? folder : path.relative(root, folder);
  const { method, proof, durationMs, scope, database } = manifest;
  const into = scope === 'database' ? `${database.name}_restored` : database.name;
  emit({
    type: 'backed-up',
    file,
    bytes: manifest.file.bytes,
    method,
    proof: proof.kind,
    durationMs,
    restore: restoreCommand(file, into),
    ...(note && { note }),
  });
}
