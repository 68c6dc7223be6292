import * as options from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { makeFiles } from '../journeys/make.ts';
import { given } from '../model/given.ts';

const version = { type: 'string', requiresArg: true } as const;

export const command = define({
  name: 'migrate:make',
  describe: 'Writes a new migration: forward SQL, rollback SQL and module.',
  words: '<name>',
  options: {
    env: options.env,
    module: { ...version, describe: 'write only the module of this version' },
    repeatable: { ...version, describe: 'write a file that is edited in place: a view, a function, grants' },
    renumber: { ...version, describe: 'give this never-applied version the next number' },
    rollback: { ...version, describe: 'draft the rollback of this version, from the schema before and after it on a scratch server' },
  },
  examples: [
    ['npm run migrate:make -- add_new_table', 'db/migrations/002_add_new_table.sql, its rollback and its module'],
    ['npm run migrate:make -- --rollback 002', 'a draft of the rollback of 002, for you to read and the rehearsal to prove'],
  ],
  run: async ({ _: [name], module, repeatable, renumber, rollback }, journey) =>
    print(
      (await makeFiles(journey, given({ name: name?.toString(), module, repeatable, renumber, rollback })))
        .map((file) => `${file}\n`)
        .join(''),
    ),
});
