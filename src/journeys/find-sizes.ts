import { chosenEnvironment } from '../environment/read-environment.ts';
import { findEnvironment } from '../model/environment.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import { type RealSizes, readSizes } from '../rehearse/real-sizes.ts';
import { withReader } from '../target/with-reader.ts';
import type { Rehearse } from './rehearsal-wish.ts';

/** Or why they cannot be read. */
export type Sizes = RealSizes | { readonly of: string; readonly why: string };

/** How large the tables of the environment are that was named, else of the one whose rows are copied; undefined where none was. */
export async function findSizes(journey: Rehearse): Promise<Sizes | undefined> {
  const { project, from } = journey;
  const environment = chosenEnvironment(journey) ?? (from === undefined ? undefined : findEnvironment(project, from));
  // A developer's own database has no size that matters.
  if (!environment || ['development', 'test'].includes(environment.basedOn)) return undefined;
  const { name } = environment;
  try {
    return await withReader({ ...journey, env: name, emit: () => {} }, ({ history }) => readSizes(history.client, name));
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return { of: name, why: error.what };
  }
}
