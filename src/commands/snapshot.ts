import * as options from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { schemaSnapshot } from '../journeys/schema-snapshot.ts';
import { given } from '../model/given.ts';

export const command = define({
  name: 'migrate:snapshot',
  describe:
    'Writes db/schema.snapshot.sql: the schema that the migrations make, as SQL for reviewers. It is replayed on a scratch server; no database of yours is touched.',
  options: {
    env: options.env,
    check: { type: 'boolean', default: false, describe: 'exit 1 when the file is not what the migrations make; write nothing' },
    major: { type: 'number', requiresArg: true, describe: 'the major of PostgreSQL to replay on; else that of the file' },
    report: options.report,
  },
  examples: [
    ['npm run migrate:snapshot', 'write the file, and commit it with the migration'],
    ['npm run migrate:snapshot -- --check', 'in CI'],
  ],
  run: ({ check, major }, journey) => schemaSnapshot({ ...journey, check, ...given({ major }) }),
});
