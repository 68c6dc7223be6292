import { define } from '../cli/script.ts';
import { startDatabase } from '../journeys/dev-database.ts';

export const command = define({
  name: 'db:url',
  describe: 'Prints the connection URL of the embedded PostgreSQL, and nothing else; starts it where it is needed.',
  options: {},
  examples: [['psql "$(npm run -s db:url)"', 'open a session']],
  run: async (_, journey) => {
    process.stdout.write(`${(await startDatabase(journey)).url}\n`);
    return 0;
  },
});
