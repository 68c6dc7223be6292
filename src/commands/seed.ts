import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { seed } from '../journeys/seed.ts';

export const command = define({
  name: 'seed:dev',
  describe: 'Runs the seeds: development tenants, users and subscriptions. Refuses production.',
  options: { env: options.env },
  examples: [['npm run seed:dev', 'fill the development database']],
  run: async (_, journey) => {
    process.stderr.write(`Ran ${(await seed(journey)).join(', ') || 'no seed: seeds/ is empty'}\n`);
    return 0;
  },
});
