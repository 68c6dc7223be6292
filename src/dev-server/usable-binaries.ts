import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { namesIn } from '../files/disk.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { makeFolder, SHELL_UNSAFE } from './data-places.ts';
import { runProgram } from './run-program.ts';
import { noEmbeddedServer } from './server-refusals.ts';

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the symbolic links of the shared libraries, which an npm package cannot carry: its install script would make them, and we allow none to run.
 * Costs nothing when they are there. False where the folder cannot be written.
 */
function hydrateLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return true;
  const links: readonly Link[] = JSON.parse(fs.readFileSync(list, 'utf8'));
  return links.every(({ source, target }) => makeLink(path.resolve(native, '..', source), path.resolve(native, '..', target)));
}

function makeLink(file: string, link: string): boolean {
  if (fs.lstatSync(link, { throwIfNoEntry: false })) return true;
  try {
    fs.symlinkSync(path.relative(path.dirname(link), file), link);
    return true;
  } catch {
    return fs.existsSync(link);
  }
}

interface StageOptions {
  readonly account: Account | undefined;
  /** Where a copy may be put that the account can run. */
  readonly stage: string;
}

type Trial = { readonly major: number } | { readonly reason: string; readonly isForeign: boolean };

/**
 * The folder of programs that the account can run: where they are, else a copy (a private home, a noexec mount, a read-only package without its links).
 * Refuses binaries that do not run on this system or are of another major.
 */
export async function usableBin({ major, bin, native }: Binaries, options: StageOptions): Promise<string> {
  const isReady = (!native || hydrateLinks(native)) && !SHELL_UNSAFE.test(bin);
  const trial = await tryServer(bin, options.account);
  if ('major' in trial && trial.major !== major) throw noEmbeddedServer(`${bin} is PostgreSQL ${trial.major}`, 'unset EMBEDDED_PG_BIN');
  if ('major' in trial && isReady) return bin;
  if (!native || ('reason' in trial && trial.isForeign)) throw noEmbeddedServer(reasonOf(trial, bin));
  const copy = await stageBinaries(native, path.join(options.stage, `native-${major}`));
  const second = await tryServer(copy, options.account);
  if ('reason' in second) throw noEmbeddedServer(second.reason);
  return copy;
}

const reasonOf = (trial: Trial, bin: string): string => ('reason' in trial ? trial.reason : `its path cannot be used: ${bin}`);

/** The server itself, because it needs every library; it answers `--version` even to root. */
async function tryServer(bin: string, account: Account | undefined): Promise<Trial> {
  const program = path.join(bin, 'postgres');
  const { status, output, errorCode } = await runProgram(program, ['--version'], { account });
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1]);
  if (status === 0 && major > 0) return { major };
  // The file is there, its loader is not: musl (Alpine).
  const isForeign = errorCode === 'ENOENT';
  return { reason: `${program} does not run on this system: ${output.trim()}`, isForeign };
}

/** One copy per major, replaced when the package changes; whole or not at all. */
async function stageBinaries(native: string, place: string): Promise<string> {
  const copy = path.join(place, fingerprint(native));
  if (!fs.existsSync(copy)) {
    fs.rmSync(place, { recursive: true, force: true });
    makeFolder(place);
    const fresh = fs.mkdtempSync(path.join(place, 'new-'));
    fs.cpSync(native, path.join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
    if (process.platform !== 'win32') await runProgram('chmod', ['-R', 'a+rX', fresh], { account: undefined });
    hydrateLinks(path.join(fresh, 'native'));
    fs.renameSync(fresh, copy);
  }
  return path.join(copy, 'native', 'bin');
}

/** Removes the copies, and the place when nothing else is in it. */
export function removeStaged(stage: string): void {
  for (const name of namesIn(stage)) if (/^native-\d+$/.test(name)) fs.rmSync(path.join(stage, name), { recursive: true, force: true });
  if (fs.existsSync(stage) && namesIn(stage).length === 0) fs.rmdirSync(stage);
}

function fingerprint(native: string): string {
  const manifest = path.join(native, '..', 'package.json');
  const version = fs.existsSync(manifest) ? fs.readFileSync(manifest) : '';
  return createHash('sha256').update(native).update(version).digest('hex').slice(0, 12);
}
