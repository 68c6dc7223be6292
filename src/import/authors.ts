import { execFileSync } from 'node:child_process';

/** Who added a file, and when; nothing where Git does not know. */
export type Authors = (file: string) => { readonly author?: string; readonly date?: string };

const GIT_LIMIT_MS = 20_000;

/** Asks Git once for the whole folder. */
export function readAuthors(folder: string): Authors {
  const found = new Map<string, { readonly author: string; readonly date: string }>();
  let current = { author: '', date: '' };
  for (const line of log(folder).split('\n')) {
    const [, author, date] = /^\0(.*)\0(\d{4}-\d\d-\d\d)$/.exec(line) ?? [];
    if (author !== undefined && date !== undefined) current = { author, date };
    // The newest comes first: what added a file that had been deleted is passed over for what added it at first.
    else if (line) found.set(line, current);
  }
  return (file) => found.get(file) ?? {};
}

function log(folder: string): string {
  const args = ['-C', folder, 'log', '--relative', '--diff-filter=A', '--name-only', '--date=short', '--format=%x00%an%x00%ad', '--', '.'];
  try {
    return execFileSync('git', ['-c', 'core.quotePath=false', ...args], {
      encoding: 'utf8',
      timeout: GIT_LIMIT_MS,
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
