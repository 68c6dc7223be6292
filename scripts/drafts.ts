import { drafts } from '../corpus/drafts.ts';
import { draftsText } from '../corpus/drafts-report.ts';
import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';
import { given } from '../src/model/given.ts';

void script(project, {
  name: 'drafts',
  describe: 'Drafts the rollbacks of another project on a scratch server, and says how often theirs and ours bring back the schema.',
  words: '<folder>',
  options: { major: { type: 'number', requiresArg: true, describe: 'the major of PostgreSQL, or the nearest that is there' } },
  examples: [['npm run drafts -- ../diesel-project/migrations', 'exits 1 where theirs was better']],
  run: async ({ _: [folder = ''], major }, journey) => {
    const report = await drafts({ ...journey, ...given({ major }) }, String(folder));
    process.stdout.write(draftsText(report));
    return report.pairs.some(({ theirs, ours }) => theirs?.length === 0 && ours.length > 0) ? 1 : 0;
  },
});
