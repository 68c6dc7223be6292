import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { script } from '../src/cli/script.ts';
import { status } from '../src/journeys/status.ts';
import { isInOrder } from '../src/model/status.ts';
import { statusJson } from '../src/report/json.ts';
import { nextAfterStatus, statusText } from '../src/report/status-text.ts';

await script({
  project,
  name: 'migrate:status',
  describe: 'Tells what is applied, pending, failed, interrupted, edited, missing, and what runs right now. Changes nothing.',
  options: { env: options.env, check: { type: 'boolean', describe: 'exit 1 when anything is pending or wrong' }, report: options.report },
  examples: [['npm run migrate:status -- --check', 'fail a CI job while something is pending']],
  run: async ({ check, report }, journey) => {
    const found = await status(journey);
    process.stdout.write(report?.includes('json') ? statusJson(found) : statusText(found, nextAfterStatus(found)));
    return check && !isInOrder(found) ? 1 : 0;
  },
});
