import { BENCH_OPTIONS } from '../bench/options.ts';
import { keepPage, pageOf } from '../bench/page.ts';
import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';

void script(project, {
  name: 'bench',
  describe: 'Measures Lockstep, other tools and plain pg side by side on a server of its own.',
  options: BENCH_OPTIONS,
  examples: [['npm run bench -- --rounds 9 --write', 'measure anew and keep the page']],
  run: async ({ rounds, quick, rows, write, ...sections }) => {
    const page = await pageOf({ rounds, isQuick: quick, rows, tell: (text) => void process.stderr.write(text) }, sections);
    if (write) keepPage(`${project.root}/docs/benchmarks.md`, page);
    else process.stdout.write(page);
    return 0;
  },
});
