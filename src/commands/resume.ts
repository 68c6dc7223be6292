import * as options from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { pause } from '../journeys/pause.ts';
import { given } from '../model/given.ts';

export const command = define({
  name: 'migrate:resume',
  describe: 'Has a backfill go on that was paused.',
  words: '<migration>',
  options: { env: options.env },
  examples: [['npm run migrate:resume -- --env production', 'all that are under way there']],
  run: async ({ _: [word], env }, journey) => {
    const names = await pause({ ...journey, isPaused: false, ...given({ name: word === undefined ? undefined : String(word) }) });
    return print(`${names.join(', ')} goes on\nNext: npm run migrate:status${env === undefined ? '' : ` -- --env ${env}`}\n`);
  },
});
