import { statSync } from 'node:fs';
import type { Command } from '../cli/script.ts';

/** A word behind `lockstep`: what a person wants, and the file that does it, loaded when it is asked for. */
export interface Word {
  readonly name: string;
  readonly group: string;
  readonly what: string;
  readonly load: () => Promise<{ readonly command: Command }>;
  /** It makes a project, or needs none. */
  readonly needsNoProject?: (words: readonly string[]) => boolean;
}

export const GROUPS = ['Begin', 'Migrate', 'Look', 'Set right', 'Back up', 'Develop'] as const;

type Load = () => Promise<unknown>;

const isFolder = (word: string): boolean => !word.startsWith('-') && statSync(word, { throwIfNoEntry: false })?.isDirectory() === true;

// What the options of a command are called is its own business.
const word = (group: (typeof GROUPS)[number], [name, what]: readonly [string, string], load: Load): Word => ({
  name,
  group,
  what,
  load: load as Word['load'],
});

// biome-ignore format: one line a word
export const WORDS: readonly Word[] = [
  { ...word('Begin', ['init', 'prepare a backend: knexfile, folders, scripts in package.json'], () => import('./init.ts')), needsNoProject: () => true },
  word('Begin', ['import', 'write the migrations of another tool as pairs'], () => import('./import.ts')),
  word('Begin', ['baseline', 'mark what a database has already as applied'], () => import('./baseline.ts')),
  word('Migrate', ['make', 'write a new migration and its rollback'], () => import('./make.ts')),
  word('Migrate', ['up', 'apply what is pending'], () => import('./up.ts')),
  word('Migrate', ['rollback', 'roll back the last one, or to a version'], () => import('./rollback.ts')),
  word('Migrate', ['switch', 'bring the development database to the branch that is checked out'], () => import('./switch.ts')),
  word('Migrate', ['lint', 'find what would lock, rewrite, lose or break, before it runs'], () => import('./lint.ts')),
  { ...word('Migrate', ['rehearse', 'prove on a scratch server that migrations and rollbacks hold'], () => import('./rehearse.ts')), needsNoProject: (words) => words.some(isFolder) },
  word('Migrate', ['backfill dry', 'what a pending backfill is going to do, and how long it takes'], () => import('./backfill-dry.ts')),
  word('Migrate', ['work', 'do what migrations have left for the background'], () => import('./work.ts')),
  word('Migrate', ['pause', 'have a backfill wait behind its batch'], () => import('./pause.ts')),
  word('Migrate', ['resume', 'have a paused backfill go on'], () => import('./resume.ts')),
  word('Migrate', ['seed', 'run the seeds'], () => import('./seed.ts')),
  word('Look', ['status', 'what is applied, pending, failed, edited; --audit, --policy'], () => import('./status.ts')),
  word('Look', ['snapshot', 'write the schema as SQL for reviewers; --check'], () => import('./snapshot.ts')),
  word('Look', ['wait', 'wait until what this build needs is applied'], () => import('./wait.ts')),
  word('Set right', ['repair', 'settle files, history and journal, one by one'], () => import('./repair.ts')),
  word('Back up', ['backup', 'back up now, and prove it'], () => import('./backup.ts')),
  word('Back up', ['restore', 'bring a backup back, or one table of it'], () => import('./restore.ts')),
  word('Develop', ['db start', 'start the embedded PostgreSQL'], () => import('./db-start.ts')),
  word('Develop', ['db stop', 'stop it; its data stays'], () => import('./db-stop.ts')),
  word('Develop', ['db url', 'print its URL'], () => import('./db-url.ts')),
  word('Develop', ['db reset', 'delete its data'], () => import('./db-reset.ts')),
  word('Develop', ['db install', 'add another major of PostgreSQL, to rehearse on'], () => import('./db-install.ts')),
];
