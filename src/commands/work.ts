import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { work } from '../journeys/work.ts';

export const command = define({
  name: 'migrate:work',
  describe:
    'Does the backfills that migrations have left for the background, in as many processes as one likes. Whatever ends it, the next one goes on.',
  options: {
    env: options.env,
    report: options.report,
    once: { type: 'boolean', default: false, describe: 'end when nothing is left, instead of waiting for more' },
  },
  examples: [
    ['npm run migrate:work -- --env production', 'waits for work and does it, until it is told to stop'],
    ['npm run migrate:work -- --env production --once', 'exit 0 when all is done, 1 when one has failed'],
  ],
  run: async ({ once }, journey) => work({ ...journey, isOnce: once }),
});
