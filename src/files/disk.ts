import { closeSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { attempt } from '../model/attempt.ts';

/** What is in a folder; nothing where it is absent or closed to us. */
export const namesIn = (folder: string): readonly string[] => attempt(() => readdirSync(folder)) ?? [];

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
