import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { markApplied } from '../journeys/baseline.ts';
import { given } from '../model/given.ts';

export const command = define({
  name: 'migrate:baseline',
  describe: 'Marks what a database has already as applied, or takes over the history of another tool. Executes none of it.',
  options: { env: options.env, ...options.BASELINE_OPTIONS, adopt: options.adopt, report: options.report },
  examples: [
    ['npm run migrate:baseline -- --to 001', 'the database has what 001 makes'],
    ['npm run migrate:baseline -- --from-knex', 'adopt knex_migrations'],
    ['npm run migrate:baseline -- --from goose', 'adopt goose_db_version, for what was imported from goose'],
  ],
  run: ({ to, from, 'from-knex': table, 'dry-run': dryRun, adopt }, journey) =>
    markApplied({ ...journey, ...given({ to, from, table, dryRun, adopt }) }),
});
