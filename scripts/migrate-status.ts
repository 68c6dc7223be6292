import { project } from '../knexfile.ts';
import * as options from '../src/cli/options.ts';
import { tellAudit, tellPolicy, tellStatus } from '../src/cli/print.ts';
import { script } from '../src/cli/script.ts';
import { given } from '../src/model/given.ts';

const { env, policy, report, audit, head, wait } = options;

void script({
  project,
  name: 'migrate:status',
  describe: 'Tells what is applied, pending, failed, interrupted, edited, missing, and what runs right now. Changes nothing.',
  options: { env, check: { type: 'boolean', describe: 'exit 1 when anything is pending or wrong' }, policy, audit, head, wait, report },
  examples: [
    ['npm run migrate:status -- --check', 'fail a CI job while something is pending'],
    ['npm run migrate:status -- --audit', 'who did what, and whether journal, history and files are what they were'],
  ],
  run: (args, started) => {
    const journey = { ...started, ...given({ waitMs: args.wait, head: args.head }) };
    if (args.policy) return tellPolicy(journey, args);
    return args.audit || args.head !== undefined ? tellAudit(journey, args) : tellStatus(journey, args);
  },
});
