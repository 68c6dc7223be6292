import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { restore } from '../journeys/restore.ts';
import { given } from '../model/given.ts';

const { env, into, overwrite, report, table, withoutOwners } = options;

export const command = define({
  name: 'migrate:restore',
  describe: 'Brings a backup back, whole or one table of it, and compares the rows with what was backed up.',
  words: '<backup>',
  options: { env, into, table, overwrite, 'without-owners': withoutOwners, report },
  examples: [['npm run migrate:restore -- BACKUP --into app --table users', 'a dropped table, with every row']],
  run: async ({ _: [file = ''], into: name, table: one, overwrite: typed, 'without-owners': bare }, journey) => {
    await restore({ ...journey, file: String(file), into: name, ...given({ table: one, overwrite: typed, withoutOwners: bare }) });
    return 0;
  },
});
