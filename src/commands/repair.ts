import * as options from '../cli/options.ts';
import { consentsOf } from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { repair } from '../journeys/repair.ts';
import { rewrite } from '../journeys/rewrite.ts';

const { env, report, repairs, rewrites } = options;

export const command = define({
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
