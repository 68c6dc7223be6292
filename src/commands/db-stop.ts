import { define } from '../cli/script.ts';
import { stopDatabase } from '../journeys/dev-database.ts';

export const command = define({
  name: 'db:stop',
  describe: 'Stops the embedded PostgreSQL of this project. Its data stays.',
  options: {},
  examples: [['npm run db:start', 'start it again']],
  run: async (_, journey) => {
    process.stderr.write(
      (await stopDatabase(journey))
        ? 'Stopped PostgreSQL 18; its data stays   (start it: npm run db:start)\n'
        : 'No embedded PostgreSQL of this project is running\n',
    );
    return 0;
  },
});
