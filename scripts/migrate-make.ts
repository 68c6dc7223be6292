import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { script } from '../src/cli/script.ts';
import { makeFiles } from '../src/journeys/make.ts';

await script({
  project,
  name: 'migrate:make',
  describe: 'Writes a new migration: forward SQL, rollback SQL and module.',
  words: '<name>',
  options: {
    env: options.env,
    module: { type: 'string', requiresArg: true, describe: 'write only the module of this version' },
    renumber: { type: 'string', requiresArg: true, describe: 'give this never-applied version the next number' },
  },
  examples: [['npm run migrate:make -- add_new_table', 'db/migrations/002_add_new_table.sql, its rollback and its module']],
  run: async ({ _: [name], module, renumber }, journey) => {
    const files = await makeFiles(journey, {
      ...(name !== undefined && { name: String(name) }),
      ...(module && { module }),
      ...(renumber && { renumber }),
    });
    process.stdout.write(files.map((file) => `${file}\n`).join(''));
    return 0;
  },
});
