import path from 'node:path';
import { chosenEnvironment } from '../environment/read-environment.ts';
import { SEED_FOLDER } from '../files/write-migration.ts';
import { runSeeds } from '../knex/run-seeds.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { createScriptHost } from '../run/script-host.ts';
import { THE_SAME } from '../target/verify-identity.ts';
import { withRun } from '../target/with-run.ts';

/** Runs the seeds under the RunLock. @returns the names of the seed files. @throws LockstepError in production */
export async function seed(journey: Journey): Promise<readonly string[]> {
  refuseProduction(chosenEnvironment(journey.env, journey.variables));
  return withRun({ ...journey, commands: THE_SAME }, async ({ context, environment, remembered }) => {
    refuseProduction(environment);
    refuseProduction(remembered?.environment);
    return runSeeds(context.client, { folder: path.join(journey.project.root, SEED_FOLDER), host: createScriptHost(context) });
  });
}

export function refuseProduction(environment: string | undefined): void {
  if (environment !== 'production') return;
  throw new LockstepError({
    code: 'seed-production',
    what: 'Seeds are development data and never run in production',
    next: 'npm run seed:dev',
    exitCode: 3,
  });
}
