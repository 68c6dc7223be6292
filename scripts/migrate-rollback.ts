import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { RUN_OPTIONS, runWish } from '../src/cli/options.ts';
import { print } from '../src/cli/print.ts';
import { script } from '../src/cli/script.ts';
import { dryRun } from '../src/journeys/dry-run.ts';
import { rollback } from '../src/journeys/rollback.ts';
import { given } from '../src/model/given.ts';
import { dryRunText } from '../src/report/dry-run-text.ts';

void script({
  project,
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
