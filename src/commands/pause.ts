import * as options from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { pause } from '../journeys/pause.ts';
import { given } from '../model/given.ts';

export const command = define({
  name: 'migrate:pause',
  describe: 'Has a backfill wait behind its batch, whoever runs it. Nothing that is done is undone.',
  words: '<migration>',
  options: { env: options.env },
  examples: [['npm run migrate:pause -- --env production', 'all that are under way there']],
  run: async ({ _: [word], env }, journey) => {
    const names = await pause({ ...journey, isPaused: true, ...given({ name: word === undefined ? undefined : String(word) }) });
    return print(
      `${names.join(', ')} waits from its next batch on\nNext: npm run migrate:resume${env === undefined ? '' : ` -- --env ${env}`}\n`,
    );
  },
});
