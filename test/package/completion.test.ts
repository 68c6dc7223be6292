import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAdopter } from './package.ts';

/** Types what somebody would, in a terminal of zsh's own, and waits for what TAB makes of it. */
const ZSH = `zmodload zsh/zpty
typed() {
  zpty z zsh -f -i
  zpty -w z "PROMPT=; autoload -Uz compinit; compinit -u -D; source $1; print ready"
  zpty -r z seen $'*\\nready*'
  zpty -w -n z "$2"$'\\t'
  zpty -r z seen "*$3*" && print "$3"
  zpty -d z
}
typed $1 'lockstep roll' 'lockstep rollback'
typed $1 'lockstep db sta' 'lockstep db start'
`;

const complete = (words: string): string =>
  `COMP_WORDS=(lockstep ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _lockstep; echo "\${COMPREPLY[@]}"`;

const SHELLS = [
  {
    shell: 'bash',
    args: ['-c', `source $0; ${complete('ro')}; ${complete('db sta')}`],
    said: 'rollback\nstart\n',
  },
  { shell: 'zsh', args: ['-f', '-c', ZSH, 'zsh'], said: 'lockstep rollback\nlockstep db start\n' },
  {
    shell: 'fish',
    args: ['-N', '-c', 'source $argv[1]; for typed in "ro" "d" "db sta"; complete -C "lockstep $typed" | string split -f 1 \\t; end'],
    said: 'rollback\ndb\nstart\n',
  },
] as const;

const isHere = (shell: string): boolean => {
  try {
    return execFileSync(shell, ['-c', 'exit 0']).length === 0;
  } catch {
    return false;
  }
};

for (const { shell, args, said } of SHELLS) {
  const isMissing = !isHere(shell);
  test.skipIf(isMissing && !process.env['CI'])(
    `${shell} completes commands${isMissing ? ` (there is no ${shell} here)` : ''}`,
    async () => {
      const adopter = createAdopter({ 'package.json': '{"name":"shop"}' });
      const file = path.join(adopter.root, `completion.${shell}`);
      adopter.write({ [`completion.${shell}`]: (await adopter.lockstep('completion', shell)).said });
      expect(execFileSync(shell, [...args, file], { encoding: 'utf8', timeout: 60_000 })).toBe(said);
    },
  );
}
