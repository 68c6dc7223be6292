import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';
import { measureAll } from '../truth/measure-all.ts';
import { tableText, writeTable } from '../truth/table.ts';

void script(project, {
  name: 'truth',
  describe: 'Measures what each form of a statement locks, rewrites and reads on PostgreSQL 14 to 18, and writes truth/table.json.',
  options: { print: { type: 'boolean', default: false, describe: 'print the table instead of writing it' } },
  examples: [['npm run truth && git diff truth/table.json', 'what has changed since it was measured last']],
  run: async ({ print }) => {
    const rows = await measureAll((text) => void process.stderr.write(text));
    if (print) process.stdout.write(tableText(rows));
    else writeTable(project.root, rows);
    return 0;
  },
});
