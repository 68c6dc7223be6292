// What we keep beside a project to be faster: to be believed only where nobody else could have written it, and never missed.
import fs from 'node:fs';
import path from 'node:path';

/** Holds some 100,000 migrations. */
const LARGEST_BYTES = 32 * 1024 * 1024;

/** @throws Error for what is too large, no plain file, or could have been written by somebody else */
export function readOwn(file: string): string {
  // Not to wait where it is a pipe.
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW);
  try {
    const found = fs.fstatSync(descriptor);
    const isOurs = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
    if (!found.isFile() || !isOurs || found.size > LARGEST_BYTES) throw new Error('not to be trusted');
    return fs.readFileSync(descriptor, 'utf8');
  } finally {
    fs.closeSync(descriptor);
  }
}

/** As a whole or not at all. */
export function writeOwn(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    fs.renameSync(draft, file);
  } catch {
    // Then it is found out again next time.
  }
}
