import os from 'node:os';

/** Who runs this. A container may run as a number that no account has, and Node then throws. */
export function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

/** Where such a number has no home either, a folder that is not there. */
export function homeFolder(): string {
  try {
    return os.homedir();
  } catch {
    return '/nonexistent';
  }
}
