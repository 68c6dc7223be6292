import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { script } from '../src/cli/script.ts';
import { dryRun } from '../src/journeys/dry-run.ts';
import { rollback } from '../src/journeys/rollback.ts';
import { dryRunText } from '../src/report/dry-run-text.ts';

await script({
  project,
  name: 'migrate:rollback',
  describe: 'Rolls back the last applied migration, or everything applied after a version.',
  options: {
    env: options.env,
    to: { ...options.to, describe: 'go back to this version (it stays); 0 = nothing stays; also DB_MIGRATION_VERSION' },
    'dry-run': options.dryRun,
    interrupted: options.interrupted,
    report: options.report,
  },
  examples: [
    ['npm run migrate:rollback', 'roll back the last applied migration'],
    ['DB_MIGRATION_VERSION=001 npm run migrate:rollback', 'roll back everything applied after 001'],
  ],
  run: async ({ to = process.env['DB_MIGRATION_VERSION'], 'dry-run': isDry, interrupted }, journey) => {
    const wish = { ...journey, ...(to !== undefined && { to }) };
    if (!isDry) return rollback({ ...wish, ...(interrupted && { verdict: interrupted }) });
    process.stdout.write(dryRunText(await dryRun({ ...wish, direction: 'down' })));
    return 0;
  },
});
