import { FAULT_OPTIONS, faultsCommand } from '../faults/command.ts';
import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';

void script(project, {
  name: 'faults',
  describe: 'Kills runs at every message between runner and server, and looks whether the next plain command converges.',
  options: FAULT_OPTIONS,
  examples: [['npm run faults -- --runner knex', 'the same for stock Knex']],
  run: (args, { interruption }) => faultsCommand(args, interruption),
});
