import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { attempt } from '../model/attempt.ts';

/** What a running server writes into its data folder (lines 1, 2, 4 and 8 of postmaster.pid). */
export interface PidFile {
  readonly pid: number;
  readonly dataDir: string;
  readonly port: number;
  readonly isReady: boolean;
}

/** Undefined when no server has run since the last clean stop, or the file is empty. Throws EACCES where the folder is another account's. */
export function readPidFile(dataDir: string): PidFile | undefined {
  const lines = readLines(path.join(dataDir, 'postmaster.pid'));
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, dataDir: lines[1] ?? '', port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
}

export function removePidFile(dataDir: string): void {
  fs.rmSync(path.join(dataDir, 'postmaster.pid'), { force: true });
}

function readLines(file: string): readonly string[] {
  try {
    return fs.readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return [];
  }
}

/**
 * Whether the process of a pid file is a live server on this data folder.
 * A pid is not enough: after a reboot it may be anybody's, in a copied folder it is the original's server, after kill -9 it may be a zombie.
 */
export function isServerOf(dataDir: string, { pid, dataDir: written }: PidFile): boolean {
  if (process.platform === 'linux') return isLivePostgres(pid) && (worksIn(dataDir, pid) ?? samePath(dataDir, written));
  return isAlive(pid) && samePath(dataDir, written);
}

/** Whether a process that does not answer may still be PostgreSQL; costs a process start where there is no /proc. */
export function looksLikePostgres(pid: number): boolean {
  if (process.platform === 'linux') return isLivePostgres(pid);
  const [program, ...args] =
    process.platform === 'win32' ? ['tasklist', '/NH', '/FI', `PID eq ${pid}`] : ['ps', '-o', 'comm=', '-p', String(pid)];
  const { error, stdout } = spawnSync(String(program), args, { encoding: 'utf8', windowsHide: true });
  return Boolean(error) || stdout.includes('postgres');
}

/** Processes of a crashed server that still hold its shared memory. Empty where that cannot be told. */
export function findServerProcesses(dataDir: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => isLivePostgres(pid) && worksIn(dataDir, pid));
}

const isLivePostgres = (pid: number): boolean =>
  attempt(() => /^\d+ \(postgres\) [^ZX]/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))) ?? false;

/** The server's working folder is its data folder, also after a move. Undefined where we may not look. */
const worksIn = (dataDir: string, pid: number): boolean | undefined =>
  attempt(() => {
    const [folder, other] = [fs.statSync(dataDir), fs.statSync(`/proc/${pid}/cwd`)];
    return folder.ino === other.ino && folder.dev === other.dev;
  });

function samePath(dataDir: string, written: string): boolean {
  const [a, b] = [path.resolve(dataDir), path.resolve(written)];
  return process.platform === 'win32' ? a.toLowerCase() === b.toLowerCase() : a === b;
}

/** Whose process it is does not count. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
