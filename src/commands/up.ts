import * as options from '../cli/options.ts';
import { RUN_OPTIONS, runWish } from '../cli/options.ts';
import { print } from '../cli/print.ts';
import { define } from '../cli/script.ts';
import { apply } from '../journeys/apply.ts';
import { dryRun } from '../journeys/dry-run.ts';
import { given } from '../model/given.ts';
import { dryRunText } from '../report/dry-run-text.ts';

export const command = define({
  name: 'migrate:dev',
  describe: 'Applies what is pending: shows the plan, then each step, then the outcome.',
  options: { env: options.env, to: options.stopAfter, phase: options.phase, 'dry-run': options.dryRun, ...RUN_OPTIONS },
  examples: [
    ['npm run migrate:staging -- --to 007', 'apply up to and including version 007'],
    ['npm run migrate:prod -- --phase before-deploy', 'hold back what comes after the deploy'],
    ['npm run migrate:prod -- --dry-run', 'print the SQL, touch nothing'],
  ],
  run: async (args, journey) => {
    // Only a gate that wants it loads it.
    const prove = async (only: readonly string[], major: number) =>
      (await import('../journeys/rehearse.ts')).rehearse({ ...journey, emit: () => {}, only, major });
    const wish = { ...journey, rehearse: prove, ...given({ to: args.to, phase: args.phase }), ...runWish(args) };
    return args['dry-run'] ? print(dryRunText(await dryRun({ ...wish, direction: 'up' }))) : apply(wish);
  },
});
