import { given } from './given.ts';
import { adopt, allowDataLoss, interrupted, report, wait } from './options.ts';

/** The options of every command that changes a database. */
export const RUN_OPTIONS = { interrupted, adopt, 'allow-data-loss': allowDataLoss, wait, report } as const;

interface RunArguments {
  readonly interrupted: 'done' | 'again' | 'restart' | undefined;
  readonly adopt: boolean | undefined;
  readonly wait: number | undefined;
  readonly 'allow-data-loss': readonly string[] | undefined;
}

/** What they say, in the journeys' words. */
export const runWish = (args: RunArguments) =>
  given({ verdict: args.interrupted, adopt: args.adopt, waitMs: args.wait, allowDataLoss: args['allow-data-loss'] });
