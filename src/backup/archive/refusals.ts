import { statfsSync } from 'node:fs';
import path from 'node:path';
import { attempt } from '../../model/attempt.ts';
import { LockstepError, type Refusal } from '../../model/lockstep-error.ts';
import { identifier } from '../../pg/sql-text.ts';
import { maskPasswords } from '../../sql/text/secrets.ts';
import type { DumpPrograms, ProgramEnd } from './program.ts';

const refused = (refusal: Omit<Refusal, 'exitCode'>): LockstepError => new LockstepError({ ...refusal, exitCode: 3 });

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException)?.code ?? (error instanceof Error ? error.message : '');

export function folderRefusal(folder: string, cause: unknown): LockstepError {
  const remedy = codeOf(cause) === 'ENOSPC' ? `df -h ${folder}` : `ls -ld ${path.dirname(folder)}`;
  return refused({
    code: 'backup-folder-unwritable',
    what: `The backup folder ${folder} cannot be written (${codeOf(cause)}); nothing was changed`,
    next: `${remedy}   or name another one in knexfile.ts: backup: { folder: '/var/backups/lockstep' }`,
    cause,
  });
}

export function writeRefusal(file: string, bytes: number, cause: unknown): LockstepError {
  const folder = path.dirname(path.dirname(file));
  const isFull = codeOf(cause) === 'ENOSPC' || codeOf(cause) === 'EDQUOT' || codeOf(cause) === 'EFBIG';
  return refused({
    code: isFull ? 'backup-disk-full' : 'backup-unwritable',
    what: isFull
      ? `The disk is full: the backup failed after ${megabytes(bytes)}, with ${megabytes(freeBytes(folder))} free in ${folder}; it was removed and nothing was changed`
      : `The backup cannot be written to ${folder} (${codeOf(cause)}); it was removed and nothing was changed`,
    next: `df -h ${folder}   then make room, or name another folder in knexfile.ts: backup: { folder: '/var/backups/lockstep' }`,
    cause,
  });
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = attempt(() => statfsSync(folder)) ?? { bavail: 0, bsize: 0 };
  return bavail * bsize;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;

export function commandRefusal(end: ProgramEnd): LockstepError {
  return refused({
    code: 'backup-command-failed',
    ...failureOf('The backup command', end, '; nothing was changed'),
    next: 'run the command of backup.command in knexfile.ts by hand, with any file on its standard input',
  });
}

export function dumpRefusal(end: ProgramEnd, user: string): LockstepError {
  return refused({
    code: 'backup-failed',
    ...failureOf('pg_dump', end, '; what it had written was removed and nothing was changed'),
    next: grantRemedy(end.said, user, end.said.includes('permission denied')) ?? 'npm run migrate:backup   tries it alone',
  });
}

/** The grant that a backup lacks; undefined where it is none. Rows that a policy hides are not told by permission to read. */
export function grantRemedy(said: string, user: string, isDenied: boolean): string | undefined {
  const isHidden = said.includes('row-level security');
  if (!isHidden && !isDenied) return undefined;
  const grant = isHidden ? `ALTER ROLE ${identifier(user)} BYPASSRLS;` : `GRANT pg_read_all_data TO ${identifier(user)};`;
  return `as a superuser: ${grant}   then the same command again`;
}

const MOST_LINES = 5;

/** How a program ended, in its own words as far as a screen holds them: pg_dump says the reason first, then details and the query that met it. */
export function failureOf(program: string, { status, reason: killer, said }: ProgramEnd, then = ''): Pick<Refusal, 'what' | 'detail'> {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const reason = lines.findIndex((one) => /error:|ERROR|FATAL|aborting/.test(one));
  const told = lines.slice(reason < 0 ? -1 : reason).slice(0, MOST_LINES);
  const [first, ...more] = told.map((line) => maskPasswords(line.replace(/^\S*pg_\w+: /, '')).slice(0, 300));
  const what = `${program} failed (${killer ?? `exit ${status}`})${first === undefined ? '' : `: ${first}`}${then}`;
  return { what, ...(more.length > 0 && { detail: more.join('\n  ') }) };
}

export function versionRefusal(seen: readonly DumpPrograms[], { serverVersion, serverMajor }: ServerVersion): LockstepError {
  // /usr/bin and /bin are often one.
  const byVersion = new Map(seen.toReversed().map(({ pgDump, version }) => [version, `${version} (${pgDump})`]));
  const found = [...byVersion.values()].join(', ');
  return refused({
    code: 'pg-dump-too-old',
    what: `The server is PostgreSQL ${serverVersion}; ${found ? `pg_dump is ${found}, and an older pg_dump refuses a newer server` : 'no pg_dump was found'}; nothing was changed`,
    next: [
      `apt-get install postgresql-client-${serverMajor}   (from apt.postgresql.org where the distribution has none)`,
      `or point PG_DUMP at a pg_dump ${serverMajor} or newer`,
      "or in knexfile.ts: backup: 'copy'   saves the tables that the plan touches, which is no database backup",
      "or in knexfile.ts: backup: { external: 'snapshot id' }   records the snapshot that you took elsewhere",
    ].join('\n'),
  });
}

interface ServerVersion {
  readonly serverVersion: string;
  readonly serverMajor: number;
}

export function proofRefusal(what: string, cause?: unknown): LockstepError {
  return refused({
    code: 'backup-not-proved',
    what: `The backup is not good: ${what}; it was removed and nothing was changed`,
    next: 'npm run migrate:backup   tries it alone',
    cause,
  });
}

export function interrupted(signal: AbortSignal): LockstepError {
  return new LockstepError({
    code: 'interrupted',
    what: `Interrupted by ${String(signal.reason)} during the backup; its draft was removed and nothing was changed`,
    next: 'the same command again takes a new backup',
    exitCode: 1,
  });
}
