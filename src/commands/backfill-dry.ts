import * as options from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { dryBackfills } from '../journeys/dry-backfills.ts';
import { given } from '../model/given.ts';
import { dryBackfillsText } from '../report/dry-backfills-text.ts';

const measure = {
  type: 'boolean',
  describe: 'run the first batch, roll it back, and say how long all of it takes',
  defaultDescription: 'everywhere but in production',
} as const;

export const command = define({
  name: 'backfill:dry',
  describe:
    'Tells what the backfills that are pending are going to do: key, batches, time, and how the server plans the first batch. Nothing of it stays.',
  options: { env: options.env, measure },
  examples: [['npm run backfill:dry -- --env production', 'reads the plan, runs nothing']],
  run: async ({ measure: isMeasured }, journey) => print(dryBackfillsText(await dryBackfills({ ...journey, ...given({ isMeasured }) }))),
});
