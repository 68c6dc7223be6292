import { closeSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';

/** What is in a folder; nothing where it is absent or closed to us. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** As far as that may be done now: false where something of it stays. */
export function removeFolder(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    return true;
  } catch {
    return false;
  }
}

/** Returns when what a file holds is on the disk. */
export function flushFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
