import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { script } from '../src/cli/script.ts';
import { seed } from '../src/journeys/seed.ts';

void script({
  project,
  name: 'seed:dev',
  describe: 'Runs the seeds: development tenants, users and subscriptions. Refuses production.',
  options: { env: options.env },
  examples: [['npm run seed:dev', 'fill the development database']],
  run: async (_, journey) => {
    process.stderr.write(`Ran ${(await seed(journey)).join(', ') || 'no seed: seeds/ is empty'}\n`);
    return 0;
  },
});
