import { existsSync } from 'node:fs';
import path from 'node:path';

/** The command that makes empty files of one folder, and the folder where it is missing. */
export function touchCommand(root: string, files: readonly string[]): string {
  const folder = path.posix.dirname(files[0] ?? '.');
  const touch = `touch ${files.join(' ')}`;
  return existsSync(path.join(root, folder)) ? touch : `mkdir -p ${folder} && ${touch}`;
}
