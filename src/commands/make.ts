import * as options from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { type MakeWish, makeFiles } from '../journeys/make.ts';
import { given } from '../model/given.ts';
import { LockstepError } from '../model/lockstep-error.ts';

const version = { type: 'string', requiresArg: true } as const;

export const command = define({
  name: 'migrate:make',
  describe: 'Writes a new migration: forward SQL, rollback SQL and module.',
  words: '<name>',
  mostWords: 10,
  options: {
    env: options.env,
    module: { ...version, describe: 'write only the module of this version' },
    repeatable: { ...version, describe: 'write a file that is edited in place: a view, a function, grants' },
    renumber: { ...version, describe: 'give this never-applied version the next number' },
    rollback: { ...version, describe: 'draft the rollback of this version, from the schema before and after it on a scratch server' },
    'from-database': {
      type: 'boolean',
      describe: 'write the first migration from the schema that a database has, and its rollback; only reads there',
    },
    recipe: {
      type: 'string',
      describe: 'write the files of a long change that runs beside the application; without a name, list the recipes',
    },
    fill: { ...version, describe: 'with --recipe set-not-null: an expression for what is NULL' },
  },
  examples: [
    ['npm run migrate:make -- add_new_table', 'db/migrations/002_add_new_table.sql, its rollback and its module'],
    ['npm run migrate:make -- --rollback 002', 'a draft of the rollback of 002, for you to read and the rehearsal to prove'],
    ['npm run migrate:make -- --from-database --env production', 'the first migration of a database that has none'],
    ['npm run migrate:make -- --recipe change-type orders.id bigint', 'expand, backfill, swap and contract, each with its rollback'],
  ],
  run: async ({ _: words, ...args }, journey) =>
    print((await makeFiles(journey, wishOf(words.map(String), args))).map((file) => `${file}\n`).join('')),
});

type Args = Omit<MakeWish, 'name' | 'words' | 'fromDatabase'> & { readonly 'from-database'?: boolean };

/** @throws LockstepError for a second word, which only a recipe takes */
function wishOf(
  words: readonly string[],
  { fill, 'from-database': fromDatabase, recipe, ...args }: { readonly [K in keyof Args]: Args[K] | undefined },
): MakeWish {
  if (recipe !== undefined) return { recipe, words, ...given({ fill }) };
  const [name, more] = words;
  if (more !== undefined)
    throw new LockstepError({
      code: 'usage',
      what: 'migrate:make takes one word: <name>',
      next: `npm run migrate:make -- ${words.join('_')}`,
    });
  if (fill !== undefined)
    throw new LockstepError({ code: 'usage', what: '--fill is for --recipe set-not-null', next: 'npm run migrate:make -- --recipe' });
  return given({ ...args, name, fromDatabase });
}
