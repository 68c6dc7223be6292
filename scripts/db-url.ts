import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';
import { startDatabase } from '../src/journeys/dev-database.ts';

void script({
  project,
  name: 'db:url',
  describe: 'Prints the connection URL of the embedded PostgreSQL, and nothing else; starts it where it is needed.',
  options: {},
  examples: [['psql "$(npm run -s db:url)"', 'open a session']],
  run: async (_, journey) => {
    process.stdout.write(`${(await startDatabase(journey)).url}\n`);
    return 0;
  },
});
