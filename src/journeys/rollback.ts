import type { ExitCode } from '../model/lockstep-error.ts';
import { carryOut, type PlannedJourney } from './carry-out.ts';

export type Rollback = PlannedJourney;

/** Undoes applied migrations, newest first: the last one, or everything applied after a version. */
export const rollback = (journey: Rollback): Promise<ExitCode> => carryOut(journey, 'down');
