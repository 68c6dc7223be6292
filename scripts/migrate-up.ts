import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { script } from '../src/cli/script.ts';
import { apply } from '../src/journeys/apply.ts';
import { dryRun } from '../src/journeys/dry-run.ts';
import { dryRunText } from '../src/report/dry-run-text.ts';

await script({
  project,
  name: 'migrate:dev',
  describe: 'Applies what is pending: shows the plan, then each step, then the outcome.',
  options: {
    env: options.env,
    to: { ...options.to, describe: 'stop after this version' },
    'dry-run': options.dryRun,
    interrupted: options.interrupted,
    report: options.report,
  },
  examples: [
    ['npm run migrate:dev', 'apply everything that is pending'],
    ['npm run migrate:staging -- --to 007', 'apply up to and including version 007'],
    ['npm run migrate:prod -- --dry-run', 'print the SQL, touch nothing'],
  ],
  run: async ({ to, 'dry-run': isDry, interrupted }, journey) => {
    if (!isDry) return apply({ ...journey, ...(to && { to }), ...(interrupted && { verdict: interrupted }) });
    process.stdout.write(dryRunText(await dryRun({ ...journey, direction: 'up', ...(to && { to }) })));
    return 0;
  },
});
