import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { attempt } from '../model/attempt.ts';
import { checksumOf } from './read-source.ts';
import { filesOf } from './write-migration.ts';

const GIT_LIMIT_MS = 10_000;
/** A file that was committed more often than that is nobody's migration. */
const MOST_COMMITS = '--max-count=50';

/** What git says; undefined where there is no git, no repository, or it refuses. Paths that begin with `./` are those of the project. */
export async function git(root: string, ...args: readonly string[]): Promise<string | undefined> {
  const options = { timeout: GIT_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
  return promisify(execFile)('git', ['-C', root, ...args], options).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

/** The commits that changed one of these files, newest first, of every branch, and of those that were deleted not long ago. */
export async function findCommits(root: string, files: readonly string[]): Promise<readonly string[]> {
  const found = await git(root, 'log', '--all', '--reflog', MOST_COMMITS, '--diff-filter=AMRT', '--format=%h', '--', ...files);
  return found?.split('\n').filter(Boolean) ?? [];
}

/** A file as a commit has it. */
export const readAt = (root: string, commit: string, file: string): Promise<string | undefined> =>
  git(root, 'show', `${commit}:./${file}`).then((text) => text?.replace(/^\uFEFF/, ''));

/** The rollback that some commit has beside exactly the text that was applied. @param checksum of that text; where it is not known, the newest will do */
export async function findRollbackInGit(
  root: string,
  name: string,
  checksum: string | undefined,
): Promise<{ readonly commit: string; readonly text: string } | undefined> {
  const { up, down } = filesOf(name);
  for (const commit of await findCommits(root, [up, down])) {
    const [applied, text] = await Promise.all([readAt(root, commit, up), readAt(root, commit, down)]);
    const isIt = applied !== undefined && (checksum === undefined || attempt(() => checksumOf(applied)) === checksum);
    if (isIt && text !== undefined) return { commit, text };
  }
  return undefined;
}
