import { define } from '../cli/script.ts';
import { installMajor } from '../journeys/install-major.ts';

export const command = define({
  name: 'db:install',
  describe:
    'Adds the programs of another major of PostgreSQL to the development dependencies, for rehearsals on the major that production runs.',
  words: '<major>',
  options: {},
  examples: [
    ['npm run db:install -- 16', 'PostgreSQL 16'],
    ['npm run migrate:rehearse -- --major 16', 'rehearse on it'],
  ],
  run: async ({ _: words }, journey) => {
    const { major, isNew } = await installMajor({ ...journey, words: words.map(String), hear: (chunk) => process.stderr.write(chunk) });
    process.stderr.write(
      `PostgreSQL ${major} is ${isNew ? 'installed' : 'there already'}   (rehearse on it: npm run migrate:rehearse -- --major ${major})\n`,
    );
    return 0;
  },
});
