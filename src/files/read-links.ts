import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type FindLinks, type Links, NO_LINKS } from '../model/links.ts';
import { commitUrl, fileUrl, readRepositoryHost } from './repository-host.ts';

const GIT_LIMIT_MS = 5_000;

type Git = (...args: readonly string[]) => string;

/** Addresses of commits and files at GitHub or GitLab, by the remote's URL. Asks Git, and only about the folders of what is asked for. */
export const linksOf =
  (root: string, variables: Readonly<Record<string, string | undefined>>): FindLinks =>
  ({ commit, dirty = [] } = {}) => {
    const git: Git = (...args) =>
      execFileSync('git', ['--no-optional-locks', '-C', root, ...args], {
        encoding: 'utf8',
        timeout: GIT_LIMIT_MS,
        maxBuffer: 16 * 1024 * 1024,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    try {
      const head = git('rev-parse', '--verify', 'HEAD').trim();
      const host = readRepositoryHost(remoteOf(git), variables);
      if (!host) return { ...NO_LINKS, head };
      const above = git('rev-parse', '--show-prefix').trimEnd();
      const hash = commit ?? head;
      const asCommitted = committedIn(git, hash);
      return {
        head,
        commit: (one) => commitUrl(host, one),
        file: ({ file, line }) =>
          dirty.includes(file) || !asCommitted(path.posix.dirname(file)).has(file)
            ? undefined
            : fileUrl(host, hash, { file: above + file, ...(line !== undefined && { line }) }),
      } satisfies Links;
    } catch {
      // No Git, no repository, no commit, or a repository of somebody else's.
      return NO_LINKS;
    }
  };

/** `origin`, else the first one, as Git's settings rewrite it. */
function remoteOf(git: Git): string {
  const remotes = git('remote', '-v')
    .split('\n')
    .map((line) => line.split(/\t| \((?:fetch|push)\)/));
  return (remotes.find(([name]) => name === 'origin') ?? remotes[0])?.[1] ?? '';
}

/** Files of a folder that are in the commit, and on disk as they are there: a line of any other would be the wrong one. */
function committedIn(git: Git, hash: string): (folder: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();
  return (folder) => {
    const found = known.get(folder) ?? readFolder(git, hash, folder);
    known.set(folder, found);
    return found;
  };
}

function readFolder(git: Git, hash: string, folder: string): ReadonlySet<string> {
  try {
    const changed = new Set(git('diff', '--name-only', '--no-renames', '--relative', '-z', hash, '--', folder).split('\0'));
    // `100644 blob 1f2e…\tdb/migrations/001_a.sql`; neither links nor submodules.
    const files = git('ls-tree', '-z', hash, '--', `${folder}/`).split('\0');
    const regular = files.flatMap((entry) => (entry.startsWith('100') ? [entry.slice(entry.indexOf('\t') + 1)] : []));
    return new Set(regular.map((file) => path.posix.normalize(file)).filter((file) => !changed.has(file)));
  } catch {
    return new Set();
  }
}
