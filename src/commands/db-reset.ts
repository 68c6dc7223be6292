import { define } from '../cli/script.ts';
import { resetDatabase } from '../journeys/dev-database.ts';

export const command = define({
  name: 'db:reset',
  describe: 'Deletes the data of the embedded PostgreSQL of this project. The next migrate:dev begins anew.',
  options: {},
  examples: [['npm run db:reset && npm run migrate:dev', 'an empty database with everything applied']],
  run: async (_, journey) => {
    process.stderr.write(
      (await resetDatabase(journey))
        ? 'Deleted the embedded database   (begin anew: npm run migrate:dev)\n'
        : 'There is no embedded database to delete\n',
    );
    return 0;
  },
});
