import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { attempt } from '../model/attempt.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { removeFolder } from './disk.ts';

/** A container whose root is read-only has the second one all the same. */
const places = (): readonly string[] => [os.tmpdir(), '/dev/shm'];

/** Hands out a folder for this user alone, and removes it in the end. @throws LockstepError (exit 2) where none can be made */
export async function withTemporaryFolder<T>(body: (folder: string) => Promise<T>, candidates = places()): Promise<T> {
  const folder = candidates.map((place) => attempt(() => mkdtempSync(path.join(place, 'lockstep-')))).find(Boolean);
  if (folder === undefined) throw noPlace(candidates);
  try {
    return await body(folder);
  } finally {
    removeFolder(folder);
  }
}

const noPlace = (candidates: readonly string[]): LockstepError =>
  new LockstepError({
    code: 'no-temporary-folder',
    what: `No temporary folder can be made in ${candidates.join(' or ')}; nothing was changed`,
    next: 'docker run --tmpfs /tmp …   mounts one; elsewhere TMPDIR names it',
  });
