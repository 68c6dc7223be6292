/** The hook that has the database follow every checkout. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { LockstepError } from '../model/lockstep-error.ts';
import { git } from './read-git.ts';

export interface PlannedHook {
  /** From the project's root. */
  readonly file: string;
  readonly text: string;
  /** What to add by hand where somebody has such a hook already. */
  readonly line: string;
}

/** Where git, or husky, looks for a post-checkout hook, and what it is to do. @throws LockstepError outside of a repository */
export async function planHook(root: string): Promise<PlannedHook> {
  const top = (await git(root, 'rev-parse', '--show-toplevel'))?.trim();
  if (!top)
    throw new LockstepError({ code: 'no-repository', what: `${root} is in no git repository, which alone calls a hook`, next: 'git init' });
  const file = path.join(await hookFolder(root, top), 'post-checkout');
  // Git calls a hook at the top of the work tree; the project may lie below it.
  const prefix = (await git(root, 'rev-parse', '--show-prefix'))?.trim() ?? '';
  const line = `"$(git rev-parse --show-toplevel)/${prefix}node_modules/.bin/lockstep" switch --env development || true`;
  return { file: path.relative(path.resolve(root), file), text: hookText(prefix), line };
}

/** `.husky/_` holds what husky makes; beside it lies what people write (husky 9). */
async function hookFolder(root: string, top: string): Promise<string> {
  const configured = (await git(root, 'config', '--type=path', 'core.hooksPath'))?.trim();
  if (configured) {
    const folder = path.resolve(top, configured);
    return path.basename(folder) === '_' ? path.dirname(folder) : folder;
  }
  const husky = [root, top].map((folder) => path.join(folder, '.husky')).find((folder) => existsSync(folder));
  if (husky) return husky;
  const found = (await git(root, 'rev-parse', '--git-path', 'hooks'))?.trim() ?? '.git/hooks';
  return path.resolve(root, found);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const hookText = (prefix: string): string => `#!/bin/sh
# The development database follows the branch that is checked out (lockstep init --hook). It never fails a checkout.
# $3 is 0 where only files were checked out; equal commits have equal migrations.
[ "$3" = 1 ] && [ "$1" != "$2" ] || exit 0
# In the middle of a rebase or a bisection the next checkout follows at once.
for state in rebase-merge rebase-apply BISECT_LOG; do
  [ -e "$(git rev-parse --git-path "$state")" ] && exit 0
done
cd "$(git rev-parse --show-toplevel)"/${quoted(prefix)} || exit 0
[ -x node_modules/.bin/lockstep ] || exit 0
# Git's own variables would lead its commands elsewhere.
unset $(git rev-parse --local-env-vars)
# Git leaves a hook no terminal to be asked on.
if [ -t 2 ] && (: </dev/tty) 2>/dev/null; then exec </dev/tty; fi
node_modules/.bin/lockstep switch --env development || echo 'The database does not follow yet. Next: npm run migrate:switch' >&2
exit 0
`;
