import type { ExitCode } from '../model/lockstep-error.ts';
import { carryOut, type PlannedJourney } from './carry-out.ts';

export type Apply = PlannedJourney;

export const apply = (journey: Apply): Promise<ExitCode> => carryOut(journey, 'up');
