import { keepPage, pageOf } from '../bench/page.ts';
import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';

void script(project, {
  name: 'bench',
  describe: 'Measures Lockstep, other tools and plain pg side by side on a server of its own.',
  options: {
    rounds: { type: 'number', default: 5, describe: 'how often each is measured; the median counts' },
    quick: { type: 'boolean', default: false, describe: 'few migrations, a small file: whether it works, not how fast' },
    stall: { type: 'boolean', default: false, describe: 'how long others wait while a column is added; rounds are runs' },
    statements: { type: 'boolean', default: false, describe: 'what a migration asks of the server, statement by statement' },
    snapshot: { type: 'boolean', default: false, describe: 'how long a picture of a schema takes' },
    copy: { type: 'boolean', default: false, describe: 'how long a copy of a million rows takes, against a plain pipe of COPY' },
    backfill: { type: 'boolean', default: false, describe: 'how fast rows go in batches, and what that costs who writes the table' },
    write: { type: 'boolean', default: false, describe: 'write docs/benchmarks.md' },
  },
  examples: [['npm run bench -- --rounds 9 --write', 'measure anew and keep the page']],
  run: async ({ rounds, quick, write, ...sections }) => {
    const page = await pageOf({ rounds, isQuick: quick, tell: (text) => void process.stderr.write(text) }, sections);
    if (write) keepPage(`${project.root}/docs/benchmarks.md`, page);
    else process.stdout.write(page);
    return 0;
  },
});
