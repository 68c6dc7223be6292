import { define } from '../cli/script.ts';
import { startDatabase } from '../journeys/dev-database.ts';

export const command = define({
  name: 'db:start',
  describe: 'Starts the embedded PostgreSQL of this project, or finds it running.',
  options: {},
  examples: [['npm run db:url', 'how to connect to it']],
  run: async (_, journey) => {
    const { place, wasRunning } = await startDatabase(journey);
    if (wasRunning) process.stderr.write(`PostgreSQL 18 runs already, data in ${place}   (stop it: npm run db:stop)\n`);
    return 0;
  },
});
