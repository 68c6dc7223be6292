import { createReadStream } from 'node:fs';
import { type BackedUpTable, type BackupManifest, isSameTable } from '../model/backup.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import { cancelQuery } from '../pg/cancel.ts';
import { listUserTables, type UserTable } from '../pg/user-tables.ts';
import type { DumpPrograms } from './archive/program.ts';
import { proofRefusal } from './archive/refusals.ts';
import type { Draft } from './archive/store.ts';
import { findMismatch, type ReadBack } from './archive/verify-backup.ts';
import { type Destination, type Watching, type Written, writeBackup } from './archive/write-backup.ts';
import { type BackupSession, countRows } from './backup-session.ts';
import { countCopy } from './copy/read-copy.ts';
import { copyStream } from './copy/write-copy.ts';
import { dumpDatabase } from './dump/dump-database.ts';
import { readDump, readDumpStream } from './dump/read-dump.ts';
import type { BackupProgress } from './progress.ts';

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

export interface Making extends BackupWish {
  readonly session: BackupSession;
  readonly draft: Draft;
  readonly startedAt: Date;
  readonly destination: Destination;
  readonly progress: BackupProgress;
  readonly signal: AbortSignal;
  readonly root: string;
}

export interface Made extends Written {
  readonly readMs: number;
  readonly tables: readonly BackedUpTable[];
}

/** Writes the backup and reads it back. @throws LockstepError (exit 3) with what is wrong with it */
export const makeFile = (making: Making): Promise<Made> => (making.programs ? dump(making, making.programs) : copy(making));

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
  const readAt = performance.now();
  const found = await (along ? along.found : readDump(programs, destination.file, signal));
  const expected = (await listUserTables(client)).filter(({ kind }) => kind === 'r');
  const mismatch = findMismatch(found, {
    database: session.database,
    notBefore: startedAt,
    tables: expected.map(({ schema, name }) => counted.value.find((one) => isSameTable(one, { schema, name })) ?? { schema, name }),
  });
  if (mismatch) throw proofRefusal(mismatch);
  return { ...written.value, tables: found.tables, readMs: performance.now() - readAt };
}

async function copy({ session, destination, progress, signal, tables, target, scope }: Making): Promise<Made> {
  const wrote: BackedUpTable[] = [];
  const title = `Lockstep copy of ${scope} of ${target.database}, ${session.at.toISOString()}. Restore it with npm run migrate:restore, or gunzip and psql.`;
  const source = copyStream(session.client, { tables, title, onRows: progress.onRows, onTable: (table) => wrote.push(table) });
  const written = await writeBackup(source, destination, { signal, onBytes: progress.onBytes });
  const counted = await countTables(session, tables);
  const readAt = performance.now();
  const found = destination.command === undefined ? await readBack(destination.file) : { tables: wrote };
  const mismatch = findMismatch(found, { database: session.database, tables: counted }) ?? differing(found.tables, wrote);
  if (mismatch) throw proofRefusal(mismatch);
  return { ...written, tables: wrote, readMs: performance.now() - readAt };
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
