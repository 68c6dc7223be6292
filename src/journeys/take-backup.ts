import { createReadStream } from 'node:fs';
import path from 'node:path';
import { dumpDatabase } from '../backup/dump-database.ts';
import type { DumpPrograms } from '../backup/find-pg-dump.ts';
import { readDump, readDumpStream } from '../backup/read-dump.ts';
import { interrupted, proofRefusal } from '../backup/refusals.ts';
import { type Draft, dropDraft, finishDraft, openDraft, pruneBackups, sweepDrafts } from '../backup/store.ts';
import { findMismatch, type ReadBack } from '../backup/verify-backup.ts';
import { type Destination, type Watching, type Written, writeBackup } from '../backup/write-backup.ts';
import { countCopy } from '../copy/read-copy.ts';
import { copyStream } from '../copy/write-copy.ts';
import { type BackedUpTable, type Backup, type BackupManifest, isSameTable } from '../model/backup.ts';
import { shellWord } from '../model/command.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import { type BackupSession, countRows, withBackupSession } from '../pg/backup-session.ts';
import { cancelQuery } from '../pg/cancel.ts';
import { databaseError } from '../pg/script-query.ts';
import { listUserTables, type UserTable } from '../pg/user-tables.ts';
import { backupFolder } from './backup-folder.ts';
import { type BackupProgress, trackBackup } from './backup-progress.ts';
import type { Journey } from './journey.ts';
import { proveByRestore } from './prove-by-restore.ts';

export interface BackupWish {
  readonly settings: ConnectionSettings;
  readonly target: Target;
  readonly environment: string;
  readonly policy: BackupPolicy;
  /** Undefined: our own copy. */
  readonly programs: DumpPrograms | undefined;
  /** Of a copy, what it takes; of a dump, whose rows are counted in the database as well. */
  readonly tables: readonly UserTable[];
  readonly scope: BackupManifest['scope'];
  /** Beside the success: what this backup is not. */
  readonly note?: string;
}

type Surroundings = Pick<Journey, 'project' | 'emit' | 'interruption'>;

/** Everything that the making of one backup shares. */
interface Making extends BackupWish {
  readonly session: BackupSession;
  readonly draft: Draft;
  readonly startedAt: Date;
  readonly destination: Destination;
  readonly progress: BackupProgress;
  readonly signal: AbortSignal;
  readonly root: string;
}

interface Made extends Written {
  readonly tables: readonly BackedUpTable[];
}

/**
 * Takes a backup in one snapshot, reads it back, and gives it its name only then. Whatever goes wrong, its draft is removed.
 * @throws LockstepError (exit 3) with what is to be put right
 */
export async function takeBackup({ project, emit, interruption }: Surroundings, wish: BackupWish): Promise<Backup> {
  const folder = backupFolder(project.root, wish.policy);
  const started = performance.now();
  sweepDrafts(folder);
  const draft = openDraft(folder, wish.target.database);
  try {
    const backup = await withBackupSession(wish.settings, interruption, async (session) => {
      const progress = trackBackup(emit, draft.final, wish.programs ? await listUserTables(session.client) : wish.tables);
      const name = wish.programs ? 'database.dump' : 'tables.sql.gz';
      const { command } = wish.policy;
      const destination = { file: path.join(draft.folder, name), name: `${draft.name}-${name}`, ...(command !== undefined && { command }) };
      const startedAt = new Date();
      return make({ ...wish, session, draft, startedAt, destination, progress, signal: interruption, root: project.root }, started);
    });
    pruneBackups(folder, backup.manifest.database, wish.policy);
    tell({ emit, root: project.root, note: wish.note }, backup);
    return backup;
  } catch (error) {
    dropDraft(draft);
    throw interruption.aborted ? interrupted(interruption) : (serverRefusal(error) ?? error);
  }
}

/** What the server refuses in the middle is no bug, and stops the run before it begins. */
function serverRefusal(error: unknown): LockstepError | undefined {
  const said = databaseError(error);
  if (!said) return undefined;
  return new LockstepError({
    code: 'backup-failed',
    what: `The backup failed: ${said.message}; its draft was removed and nothing was changed`,
    detail: said.code ?? '',
    next:
      said.code === '55P03'
        ? "npm run migrate:backup   tries it alone, once nobody holds the table: SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle';"
        : 'npm run migrate:backup   tries it alone',
    exitCode: 3,
    cause: error,
  });
}

async function make(making: Making, started: number): Promise<Backup> {
  const made = await (making.programs ? dump(making, making.programs) : copy(making));
  const provedAt = performance.now();
  if (making.policy.proof === 'restore') await proveByRestore(making, made.tables);
  const now = performance.now();
  return finishDraft(making.draft, manifestOf(making, made, { proofMs: now - provedAt, totalMs: now - started }));
}

async function dump({ session, destination, progress, signal, tables, startedAt }: Making, programs: DumpPrograms): Promise<Made> {
  const along = destination.command === undefined ? undefined : readDumpStream(programs);
  // Told where it is awaited; until then it must not count as nobody's.
  along?.found.catch(() => {});
  const watching: Watching = { signal, onBytes: progress.onBytes, ...(along && { alongside: along.input }) };
  const { settings, snapshotId, client } = session;
  const writing = dumpDatabase({ programs, settings, snapshotId, destination, watching, onTable: progress.onTable });
  // A count that nobody needs any more may take its time.
  writing.catch(() => cancelQuery(client));
  const [written, counted] = await Promise.allSettled([writing, countTables(session, tables)]);
  if (written.status === 'rejected') throw written.reason;
  if (counted.status === 'rejected') throw counted.reason;
  const found = await (along ? along.found : readDump(programs, destination.file));
  const expected = (await listUserTables(client)).filter(({ kind }) => kind === 'r');
  const mismatch = findMismatch(found, {
    database: session.database,
    notBefore: startedAt,
    tables: expected.map(({ schema, name }) => counted.value.find((one) => isSameTable(one, { schema, name })) ?? { schema, name }),
  });
  if (mismatch) throw proofRefusal(mismatch);
  return { ...written.value, tables: found.tables };
}

async function copy({ session, destination, progress, signal, tables, target, scope }: Making): Promise<Made> {
  const wrote: BackedUpTable[] = [];
  const title = `Lockstep copy of ${scope} of ${target.database}, ${session.at.toISOString()}. Restore it with npm run migrate:restore, or gunzip and psql.`;
  const source = copyStream(session.client, { tables, title, onRows: progress.onRows, onTable: (table) => wrote.push(table) });
  const written = await writeBackup(source, destination, { signal, onBytes: progress.onBytes });
  const counted = await countTables(session, tables);
  const found = destination.command === undefined ? await readBack(destination.file) : { tables: wrote };
  const mismatch = findMismatch(found, { database: session.database, tables: counted }) ?? differing(found.tables, wrote);
  if (mismatch) throw proofRefusal(mismatch);
  return { ...written, tables: wrote };
}

async function readBack(file: string): Promise<ReadBack> {
  try {
    return { tables: await countCopy(createReadStream(file)) };
  } catch (error) {
    throw proofRefusal(`it cannot be read back (${(error as Error).message})`, error);
  }
}

const differing = (found: readonly BackedUpTable[], wrote: readonly BackedUpTable[]): string | undefined =>
  wrote.every((one) => found.some((other) => isSameTable(one, other) && one.sha256 === other.sha256))
    ? undefined
    : 'what is read back is not what was written';

/** In the same snapshot as the backup. */
async function countTables({ client }: BackupSession, tables: readonly UserTable[]) {
  const counted = [];
  for (const { schema, name } of tables.filter(({ kind }) => kind === 'r'))
    counted.push({ schema, name, rows: await countRows(client, { schema, name }) });
  return counted;
}

function manifestOf(making: Making, made: Made, times: { readonly proofMs: number; readonly totalMs: number }): BackupManifest {
  const { session, target, environment, programs, scope, destination, policy } = making;
  const { host, port, serverVersion, serverMajor } = target;
  return {
    format: 1,
    tool: 'lockstep 0.1.0',
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

interface Telling extends Pick<Journey, 'emit'> {
  readonly root: string;
  readonly note: string | undefined;
}

function tell({ emit, root, note }: Telling, { folder, manifest }: Backup): void {
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
    restore: `npm run migrate:restore -- ${shellWord(file)} --into ${shellWord(into)}`,
    ...(note && { note }),
  });
}
