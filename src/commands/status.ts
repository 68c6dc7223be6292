import * as options from '../cli/options.ts';
import { tellAudit, tellDeepStatus, tellPolicy, tellStatus } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { given } from '../model/given.ts';

const { env, policy, report, audit, head, wait } = options;
const deep = { type: 'boolean', describe: 'replay what is applied on a scratch server, and compare the schema with it' } as const;

export const command = define({
  name: 'migrate:status',
  describe: 'Tells what is applied, pending, failed, interrupted, edited, missing, and what runs right now. Changes nothing.',
  options: {
    env,
    check: { type: 'boolean', describe: 'exit 1 when anything is pending or wrong' },
    phase: { ...options.phase, describe: 'with --check: only this phase must be finished' },
    deep,
    policy,
    audit,
    head,
    wait,
    report,
  },
  examples: [
    ['npm run migrate:status -- --check', 'fail a CI job while something is pending'],
    ['npm run migrate:status -- --audit', 'who did what, and whether journal, history and files are what they were'],
  ],
  run: (args, started) => {
    const journey = { ...started, ...given({ waitMs: args.wait, head: args.head }) };
    if (args.deep) return tellDeepStatus(journey, args);
    if (args.policy) return tellPolicy(journey, args);
    return args.audit || args.head !== undefined ? tellAudit(journey, args) : tellStatus(journey, args);
  },
});
