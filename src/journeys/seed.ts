import path from 'node:path';
import { chosenEnvironment } from '../environment/read-environment.ts';
import { SEED_FOLDER } from '../files/write-migration.ts';
import { runSeeds } from '../knex/run-seeds.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { createScriptHost } from '../run/script-host.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { THE_SAME } from '../target/verify-identity.ts';
import { withRun } from '../target/with-run.ts';

/** Runs the seeds under the RunLock. @returns the names of the seed files. @throws LockstepError in production */
export async function seed(journey: Journey): Promise<readonly string[]> {
  if (chosenEnvironment(journey)?.basedOn === 'production') throw seedRefused();
  return withRun({ ...journey, commands: THE_SAME }, async ({ context, ...target }) => {
    refuseProduction(target);
    return runSeeds(context.client, { folder: path.join(journey.project.root, SEED_FOLDER), host: createScriptHost(context) });
  });
}

/** What it is, and what it remembers to be. */
export function refuseProduction({ isProduction, recalled }: Pick<OpenTarget, 'isProduction' | 'recalled'>): void {
  if (isProduction || recalled?.basedOn === 'production') throw seedRefused();
}

const seedRefused = (): LockstepError =>
  new LockstepError({
    code: 'seed-production',
    what: 'Seeds are development data and never run in production',
    next: 'npm run seed:dev',
    exitCode: 3,
  });
