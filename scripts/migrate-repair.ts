import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { consentsOf } from '../src/cli/options.ts';
import { script } from '../src/cli/script.ts';
import { repair } from '../src/journeys/repair.ts';
import { rewrite } from '../src/journeys/rewrite.ts';

const { env, report, repairs, rewrites } = options;

void script({
  project,
  name: 'migrate:repair',
  describe: 'Shows what of files, history and journal can be set right, before and after. Changes only what is consented to.',
  options: { env, ...repairs, rewrite: rewrites, report },
  examples: [
    ['npm run migrate:repair', 'list what can be set right, each with its command'],
    ['npm run migrate:repair -- --accept 002_add_users', 'the database has what the edited file says'],
    ['npm run migrate:repair -- --rename 002_x=002_y', 'history takes over the new name'],
  ],
  run: (args, journey) => (args.rewrite ? rewrite(journey, args.rewrite) : repair({ ...journey, consents: consentsOf(args) })),
});
