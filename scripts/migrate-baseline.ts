import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { script } from '../src/cli/script.ts';
import { markApplied } from '../src/journeys/baseline.ts';
import { given } from '../src/model/given.ts';

const { adopt, env, report, marked, fromKnex } = options;

void script({
  project,
  name: 'migrate:baseline',
  describe: 'Marks what a database has already as applied, or takes over the history of stock Knex. Executes none of it.',
  options: { env, to: marked, 'from-knex': fromKnex, 'dry-run': { type: 'boolean', describe: 'show what would be marked' }, adopt, report },
  examples: [
    ['npm run migrate:baseline -- --to 001', 'the database has what 001 makes'],
    ['npm run migrate:baseline -- --from-knex', 'adopt knex_migrations'],
  ],
  run: ({ to, 'from-knex': table, 'dry-run': dryRun, adopt }, journey) =>
    markApplied({ ...journey, ...given({ to, table, dryRun, adopt }) }),
});
