import { writeFileSync } from 'node:fs';
import { bench } from '../bench/bench.ts';
import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';

await script({
  project,
  name: 'bench',
  describe: 'Measures Lockstep, the stock Knex CLI and plain pg side by side on a server of its own.',
  options: {
    rounds: { type: 'number', default: 5, describe: 'how often each is measured; the median counts' },
    quick: { type: 'boolean', default: false, describe: 'few migrations, a small file: whether it works, not how fast' },
    write: { type: 'boolean', default: false, describe: 'write docs/benchmarks.md' },
  },
  examples: [['npm run bench -- --rounds 9 --write', 'measure anew and keep the page']],
  run: async ({ rounds, quick, write }) => {
    const page = await bench({ rounds, isQuick: quick, tell: (text) => void process.stderr.write(text) });
    if (write) writeFileSync(`${project.root}/docs/benchmarks.md`, page);
    else process.stdout.write(page);
    return 0;
  },
});
