import { existsSync } from 'node:fs';
import path from 'node:path';
import { namesIn } from '../../files/disk.ts';
import { type DumpPrograms, runToEnd } from '../archive/program.ts';
import { bareEnvironment } from './libpq-environment.ts';

export interface DumpSearch {
  /** A path from the policy or `PG_DUMP`: the only candidate then. */
  readonly configured?: string | undefined;
  readonly serverMajor: number;
  /** For tests: folders to look in. */
  readonly folders?: readonly string[];
}

export interface DumpFound {
  readonly usable?: DumpPrograms;
  /** Everything that is there, for the refusal. */
  readonly seen: readonly DumpPrograms[];
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/**
 * The pg_dump for a server: its own major, else the next newer. An older one refuses to work, and what a newer pg_restore writes
 * an older server may not understand.
 */
export async function findPgDump({ configured, serverMajor, folders = usualFolders() }: DumpSearch): Promise<DumpFound> {
  const candidates = configured ? [configured] : folders.map((folder) => path.join(folder, `pg_dump${SUFFIX}`));
  const seen: DumpPrograms[] = [];
  for (const candidate of new Set(candidates)) {
    const found = existsSync(candidate) ? await tryPrograms(candidate) : undefined;
    if (found) seen.push(found);
  }
  const usable = seen.filter(({ major }) => major >= serverMajor).toSorted((a, b) => a.major - b.major)[0];
  return { seen, ...(usable && { usable }) };
}

/** `15.18, 17.2` */
export const versionsOf = (seen: DumpFound['seen']): string => [...new Set(seen.map(({ version }) => version))].join(', ');

async function tryPrograms(pgDump: string): Promise<DumpPrograms | undefined> {
  const beside = path.join(path.dirname(pgDump), `pg_restore${SUFFIX}`);
  const [dump, restore] = await Promise.all([versionOf(pgDump), versionOf(beside)]);
  if (!dump) return undefined;
  if (restore) return { pgDump, pgRestore: beside, ...dump };
  // A pg_dump that was named by hand may stand alone; the pg_restore on the path then reads what it writes.
  const other = await versionOf('pg_restore');
  return other && other.major >= dump.major ? { pgDump, pgRestore: 'pg_restore', ...dump } : undefined;
}

async function versionOf(program: string): Promise<{ readonly version: string; readonly major: number } | undefined> {
  const { status, output } = await runToEnd(program, ['--version'], { environment: bareEnvironment() });
  const [, version, major] = /\(PostgreSQL\) ((\d+)[^\s]*)/.exec(output) ?? [];
  return status === 0 && version ? { version, major: Number(major) } : undefined;
}

/** Versioned folders first: Debian's /usr/bin/pg_dump chooses a version by rules of its own. */
function usualFolders(): readonly string[] {
  const versioned = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', 'C:\\Program Files\\PostgreSQL'];
  const inside = versioned.flatMap((folder) => namesIn(folder).map((name) => path.join(folder, name, 'bin')));
  const redHat = namesIn('/usr')
    .filter((name) => name.startsWith('pgsql-'))
    .map((name) => path.join('/usr', name, 'bin'));
  return [...inside, ...redHat, ...(process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean)];
}
