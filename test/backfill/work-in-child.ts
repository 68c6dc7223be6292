// A worker in a process of its own, which a test kills.
import { listenForSignals } from '../../src/cli/interruption.ts';
import { defineProject } from '../../src/environment/define-project.ts';
import { work } from '../../src/journeys/work.ts';

const [, , root = ''] = process.argv;
const project = defineProject({ root, test: { backfills: 'background', lockTimeoutMs: 2_000, lockRetryForMs: 60_000 } });
process.exitCode = await work({
  project,
  env: 'test',
  variables: process.env,
  emit: () => {},
  interruption: listenForSignals(),
  isOnce: true,
});
