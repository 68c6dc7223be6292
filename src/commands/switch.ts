import * as options from '../cli/options.ts';
import { RUN_OPTIONS, runWish } from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { followGit, showSwitch } from '../journeys/switch.ts';
import { dryRunText } from '../report/dry-run-text.ts';

export const command = define({
  name: 'migrate:switch',
  describe:
    'Brings the development database to the branch that is checked out: rolls back what the branch lacks, with the rollback that was kept when it was applied, then applies what it has.',
  options: {
    env: options.env,
    renumber: { type: 'boolean', default: false, describe: "of two migrations with one number, give this branch's own the next one first" },
    'allow-unproved': { type: 'boolean', default: false, describe: 'roll back also what no rehearsal has proved' },
    'dry-run': options.dryRun,
    ...RUN_OPTIONS,
  },
  examples: [
    ['git switch other && npm run migrate:switch', 'the database follows'],
    ['npm run migrate:switch -- --dry-run', 'print the SQL, touch nothing'],
  ],
  run: async (args, journey) => {
    const wish = { ...journey, ...runWish(args), allowUnproved: args['allow-unproved'], renumber: args.renumber };
    return args['dry-run'] ? print((await showSwitch(wish)).map(dryRunText).join('\n')) : followGit(wish);
  },
});
