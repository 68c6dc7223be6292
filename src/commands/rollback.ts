import * as options from '../cli/options.ts';
import { RUN_OPTIONS, runWish } from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { dryRun } from '../journeys/dry-run.ts';
import { rollback } from '../journeys/rollback.ts';
import { given } from '../model/given.ts';
import { dryRunText } from '../report/dry-run-text.ts';

export const command = define({
  name: 'migrate:rollback',
  describe: 'Rolls back the last applied migration, or everything applied after a version.',
  options: { env: options.env, to: options.backTo, 'dry-run': options.dryRun, ...RUN_OPTIONS },
  examples: [['DB_MIGRATION_VERSION=001 npm run migrate:rollback', 'roll back everything applied after 001']],
  run: async (args, journey) => {
    const wish = { ...journey, ...given({ to: args.to }), ...runWish(args) };
    if (args['dry-run']) return print(dryRunText(await dryRun({ ...wish, direction: 'down' })));
    return rollback(wish);
  },
});
