import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { backUp } from '../journeys/backup.ts';

export const command = define({
  name: 'migrate:backup',
  describe: 'Backs up the whole database and proves it: pg_dump, or a copy of all tables where there is no pg_dump for the server.',
  options: { env: options.env, report: options.report },
  examples: [['npm run migrate:backup -- --env production', 'a backup now, whatever is pending']],
  run: async (_, journey) => {
    process.stdout.write(`${(await backUp(journey)).folder}\n`);
    return 0;
  },
});
