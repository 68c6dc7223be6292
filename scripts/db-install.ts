import { project } from '../knexfile.ts';
import { script } from '../src/cli/script.ts';
import { command } from '../src/commands/db-install.ts';

void script(project, command);
