import fs from 'node:fs';
import path from 'node:path';

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
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}
