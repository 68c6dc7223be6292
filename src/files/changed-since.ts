import { execFileSync } from 'node:child_process';
import { LockstepError } from '../model/lockstep-error.ts';

/**
 * Files of the project, relative to its root, that differ from where this branch left a revision, or that Git does not know yet.
 * @throws LockstepError (exit 2) where Git does not know the revision
 */
export function changedSince(root: string, revision: string): ReadonlySet<string> {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['--no-optional-locks', '-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  try {
    const base = git('merge-base', '--end-of-options', revision, 'HEAD').trim();
    const changed = git('diff', '--name-only', '--no-renames', '--relative', '-z', base, '--', '.');
    const unknown = git('ls-files', '--others', '--exclude-standard', '-z', '--', '.');
    return new Set(`${changed}${unknown}`.split('\0').filter(Boolean));
  } catch (cause) {
    throw new LockstepError({
      code: 'unknown-revision',
      what: `Git finds no common history of ${revision} and HEAD`,
      next: `git fetch origin   and npm run migrate:lint -- --since origin/main; in a CI job the checkout needs the history (fetch-depth: 0)`,
      cause,
    });
  }
}
