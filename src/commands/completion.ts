import { LockstepError } from '../model/lockstep-error.ts';
import type { Word } from './table.ts';

type Maker = (words: readonly Word[]) => string;

const firstWords = (words: readonly Word[]): string => [...new Set(words.map(({ name }) => name.split(' ')[0]))].join(' ');
const behindDb = (words: readonly Word[]): string => words.flatMap(({ name }) => (name.startsWith('db ') ? [name.slice(3)] : [])).join(' ');

const FIRST = '__fish_use_subcommand';

const SHELLS: Readonly<Record<string, Maker>> = {
  bash: (words) => `_lockstep() {
  local words="${firstWords(words)}"
  [ "\${COMP_WORDS[1]}" = db ] && [ "$COMP_CWORD" = 2 ] && words="${behindDb(words)}"
  [ "$COMP_CWORD" -gt 2 ] && return
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _lockstep lockstep
`,
  zsh: (words) => `#compdef lockstep
_lockstep() {
  if (( CURRENT == 2 )); then compadd ${firstWords(words)}
  elif (( CURRENT == 3 )) && [[ $words[2] == db ]]; then compadd ${behindDb(words)}
  else _files; fi
}
compdef _lockstep lockstep
`,
  fish: (words) => {
    const line = (when: string, word: string, what: string): string =>
      `complete -c lockstep -f -n '${when}' -a '${word}' -d '${what.replaceAll("'", '')}'\n`;
    const lines = words.map(({ name, what }) => {
      const [first = '', second] = name.split(' ');
      return second === undefined ? line(FIRST, first, what) : line(`__fish_seen_subcommand_from ${first}`, second, what);
    });
    return [...lines, line(FIRST, 'db', 'the embedded PostgreSQL')].join('');
  },
};

/** A shell's own script: `source <(lockstep completion bash)`. @throws LockstepError for a shell that is not among them */
export function completion(shell = '', words: readonly Word[]): string {
  const make = SHELLS[shell];
  if (make) return make(words);
  throw new LockstepError({
    code: 'usage',
    what: `Completion is there for ${Object.keys(SHELLS).join(', ')}`,
    next: 'source <(npx lockstep completion bash)',
  });
}
