// A file of pg_dump that somebody else made: its own format, a tar or folder, or plain SQL.
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ConnectionSettings } from '../../model/environment.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import { CopyLines, DumpScanner } from '../archive/copy-rows.ts';
import { type DumpPrograms, runToEnd } from '../archive/program.ts';
import { findPgDump } from './find-pg-dump.ts';
import { withLibpqEnvironment } from './libpq-environment.ts';
import { restoreDump } from './restore-dump.ts';

interface ForeignDump {
  readonly file: string;
  /** Leads to an empty database. */
  readonly settings: ConnectionSettings;
  readonly signal: AbortSignal;
}

/** Restores it without owners and grants. @returns what is to be said of it. @throws LockstepError where no program here can read it, or it reaches beyond one database */
export async function restoreForeignDump({ file, settings, signal }: ForeignDump): Promise<readonly string[]> {
  const isPlain = isPlainDump(file);
  const { seen } = await findPgDump({ serverMajor: 0 });
  const programs = seen.toSorted((a, b) => b.major - a.major)[0];
  if (!programs) throw noPrograms(file, isPlain ? 'psql' : 'pg_restore');
  if (isPlain) await restorePlain({ file, settings, signal }, programs);
  else await restoreDump({ programs, file, settings, signal, withoutOwners: true });
  return ['owners and grants are not compared: a dump is restored without them'];
}

const GZIP = 0x1f8b;

function isPlainDump(file: string): boolean {
  if (statSync(file).isDirectory()) return false;
  const head = Buffer.alloc(265);
  const opened = openSync(file, 'r');
  readSync(opened, head, 0, head.length, 0);
  closeSync(opened);
  if (head.readUInt16BE(0) === GZIP) throw unreadable(`${file} is compressed`, `gunzip --keep ${file}   then name the file that it leaves`);
  return head.toString('latin1', 0, 5) !== 'PGDMP' && head.toString('latin1', 257, 262) !== 'ustar';
}

/** Commands of psql that lead to another database, to a shell or to other files. */
const REACHES_OUT =
  /^(?:\\!|\\(?:c|connect|i|ir|include|copy|o|w|g\w*)(?:\s|$)|(?:CREATE|ALTER|DROP) (?:DATABASE|ROLE|USER|TABLESPACE)\b)/i;

async function restorePlain({ file, settings, signal }: ForeignDump, { pgDump }: DumpPrograms): Promise<void> {
  await verifyStaysInside(file);
  const psql = path.join(path.dirname(pgDump), `psql${path.extname(pgDump)}`);
  const end = await withLibpqEnvironment(settings, (environment) =>
    runToEnd(psql, ['--no-psqlrc', '--quiet', '--file', file], { environment, signal }),
  );
  if (end.reason === 'ENOENT') throw noPrograms(file, 'psql');
  // Roles of another server are not here, and nothing else may be missing.
  const wrong = end.said
    .split('\n')
    .find((line) => /\bERROR:|\bFATAL:|invalid command/.test(line) && !/role "[^"]*" does not exist/.test(line));
  if (end.status !== 0 || wrong !== undefined)
    throw unreadable(
      `${file} cannot be restored: ${wrong ?? (end.said.trim().split('\n').at(-1) || end.reason)}`,
      'pg_dump --format=custom   makes a file that is restored as a whole or not at all',
    );
}

async function verifyStaysInside(file: string): Promise<void> {
  const lines = new CopyLines();
  let found: string | undefined;
  const scanner = new DumpScanner({
    onLine: (line) => {
      found ??= REACHES_OUT.exec(line)?.[0].trim();
      return lines.read(line) !== undefined;
    },
    onRowsEnd: () => {},
  });
  await pipeline(createReadStream(file), scanner);
  if (found !== undefined)
    throw unreadable(
      `${file} does more than fill one database: ${found}`,
      'dump one database without --create: pg_dump --format=custom --file=FILE NAME',
    );
}

const unreadable = (what: string, next: string): LockstepError => new LockstepError({ code: 'dump-unreadable', what, next, exitCode: 1 });

const noPrograms = (file: string, program: string): LockstepError =>
  new LockstepError({
    code: 'no-restore-program',
    what: `${file} is a dump, and there is no ${program} here that could read it`,
    next: 'apt-get install postgresql-client   or rehearse --from an environment, or from a backup of npm run migrate:backup with method copy, which need no program',
  });
