import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';
import { command } from '../src/commands/work.ts';

void script(project, command);
