import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { RUN_OPTIONS, runWish } from '../src/cli/options.ts';
import { print } from '../src/cli/print.ts';
import { script } from '../src/cli/script.ts';
import { apply } from '../src/journeys/apply.ts';
import { dryRun } from '../src/journeys/dry-run.ts';
import { given } from '../src/model/given.ts';
import { dryRunText } from '../src/report/dry-run-text.ts';

void script({
  project,
  name: 'migrate:dev',
  describe: 'Applies what is pending: shows the plan, then each step, then the outcome.',
  options: { env: options.env, to: options.stopAfter, 'dry-run': options.dryRun, ...RUN_OPTIONS },
  examples: [
    ['npm run migrate:staging -- --to 007', 'apply up to and including version 007'],
    ['npm run migrate:prod -- --dry-run', 'print the SQL, touch nothing'],
  ],
  run: async (args, journey) => {
    const wish = { ...journey, ...given({ to: args.to }), ...runWish(args) };
    return args['dry-run'] ? print(dryRunText(await dryRun({ ...wish, direction: 'up' }))) : apply(wish);
  },
});
