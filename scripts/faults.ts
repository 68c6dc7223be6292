import { faultsCommand } from '../faults/command.ts';
import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';

await script({
  project,
  name: 'faults',
  describe: 'Kills runs at every message between runner and server, and looks whether the next plain command converges.',
  options: {
    runner: { choices: ['ours', 'knex'] as const, default: 'ours' as const, describe: 'Lockstep, or stock Knex with the same SQL' },
    quick: { type: 'boolean', default: false, describe: 'three kinds of fault, PostgreSQL 18 only' },
    mutants: { type: 'boolean', default: false, describe: 'break the executor on purpose: the matrix must notice each time' },
    seed: { type: 'number', default: 1, describe: 'the order of the points, and which ones a sample takes' },
    sample: { type: 'number', describe: 'about so many points instead of all' },
    project: { type: 'string', describe: 'one project only' },
    kind: { type: 'string', describe: 'one kind of fault only' },
    json: { type: 'string', describe: 'a file for the result as JSON' },
    write: { type: 'boolean', default: false, describe: 'keep the table in docs/reliability.md' },
  },
  examples: [['npm run faults -- --runner knex', 'the same for stock Knex']],
  run: (args, { interruption }) => faultsCommand(args, interruption),
});
