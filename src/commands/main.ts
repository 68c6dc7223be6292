// The program `lockstep`.

import { chooseReporters } from '../cli/choose-reporters.ts';
import { loadProject } from '../cli/load-project.ts';
import { print } from '../cli/print.ts';
import { npmScript, script, tell } from '../cli/script.ts';
import { defineProject } from '../environment/define-project.ts';
import { ownPackage } from '../files/own-package.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { completion } from './completion.ts';
import { GROUPS, WORDS, type Word } from './table.ts';

const typed = process.argv.slice(2);

function help(): string {
  const width = Math.max(...WORDS.map(({ name }) => name.length));
  const lines = GROUPS.flatMap((group) => [
    '',
    group,
    ...WORDS.filter((word) => word.group === group).map(({ name, what }) => `  ${name.padEnd(width)}   ${what}`),
  ]);
  return `PostgreSQL migrations in plain SQL: atomic, crash-proof, and honest about what is applied\n\nlockstep <command> --help   tells its options${lines.join('\n')}\n\nlockstep completion bash|zsh|fish   for your shell; lockstep --version\n`;
}

/** `db start` is two words; `db:start` will do. */
function findWord(args: readonly string[]): { readonly word: Word; readonly used: number } | undefined {
  const [first = '', second = ''] = args;
  for (const [name, used] of [
    [`${first} ${second}`, 2],
    [first.replace(':', ' '), 1],
    [first.replace(/^migrate:/, ''), 1],
  ] as const) {
    const word = WORDS.find((one) => one.name === name);
    if (word) return { word, used };
  }
  return undefined;
}

async function run(): Promise<void> {
  const [first = '--help', second] = typed;
  if (first === '--help' || first === '-h' || first === 'help') return void print(help());
  if (first === '--version' || first === '-v') return void print(`${ownPackage().version}\n`);
  if (first === 'completion') return void print(completion(second, WORDS));
  const found = findWord(typed);
  if (!found) throw unknownWord(first);
  const { word, used } = found;
  const { command } = await word.load();
  process.argv = [...process.argv.slice(0, 2), ...typed.slice(used)];
  const load = () =>
    word.needsNoProject?.(typed.slice(used)) ? Promise.resolve(defineProject({ root: process.cwd() })) : loadProject(process.cwd());
  await script(load, command, npmScript() === undefined ? `npx lockstep ${word.name}` : undefined);
}

function unknownWord(name: string): LockstepError {
  const nearest = WORDS.map((word) => ({ word, far: distance(name, word.name) })).toSorted((a, b) => a.far - b.far)[0];
  const isNear = nearest && nearest.far <= Math.max(2, name.length / 2);
  return new LockstepError({
    code: 'usage',
    what: `There is no command "${name}"`,
    next: isNear ? `npx lockstep ${nearest.word.name}` : 'npx lockstep --help',
  });
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, y] of [...b].entries())
      next.push(Math.min((row[j] ?? 0) + (x === y ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    row = next;
  }
  return row[b.length] ?? 0;
}

await run().catch((error: unknown) => {
  process.exitCode = tell(error, chooseReporters(undefined).report);
});
