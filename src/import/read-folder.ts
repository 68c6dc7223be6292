import { readdirSync } from 'node:fs';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Folder } from './foreign.ts';

/** Deeper than any tool nests its migrations. */
const DEEPEST = 4;

/** @throws LockstepError (exit 2) where there is no such folder */
export function readFolder(root: string): Folder {
  try {
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replaceAll('\\', '/').replace(/^\/+/, ''))
      .filter((file) => !/(?:^|\/)(?:node_modules|\.)/.test(file) && file.split('/').length <= DEEPEST);
    return { root, files: files.toSorted(byName) };
  } catch (cause) {
    throw new LockstepError({
      code: 'folder-unreadable',
      what: `The folder ${root} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      next: 'npm run migrate:import -- --from TOOL FOLDER   where FOLDER holds the migrations',
      exitCode: 2,
      cause,
    });
  }
}

export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
