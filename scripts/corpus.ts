import { corpus } from '../corpus/corpus.ts';
import { isOursAlone } from '../corpus/model.ts';
import { corpusText } from '../corpus/report.ts';
import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';

void script(project, {
  name: 'corpus',
  describe: 'Applies and rolls back all migrations of another project in a scratch database, and asks plain pg the same.',
  words: '<folder>',
  options: {},
  examples: [['npm run corpus -- ../diesel-project/migrations', 'exits 1 when there is a file that only Lockstep refuses']],
  run: async ({ _: [folder = ''] }, journey) => {
    const report = await corpus(journey, String(folder));
    process.stdout.write(corpusText(report));
    return report.entries.some(isOursAlone) ? 1 : 0;
  },
});
