import type { MigrationFolder } from '../files/read-migrations.ts';
import type { History } from '../history/history.ts';
import type { Remembered } from '../history/identity.ts';
import type { Tables } from '../history/tables.ts';
import type { UnansweredRollback } from '../history/unanswered-rollback.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import type { DeployPhase } from '../model/header.ts';
import type { HistoryRow } from '../model/history.ts';
import { isLockstepError, type Refusal } from '../model/lockstep-error.ts';
import type { Plan } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';

/** What a plan is made from: the files, and the database as one look found it. */
export interface PlanRequest {
  readonly root: string;
  /** The version to stop at, itself applied; of a rollback the one to go back to. */
  readonly to?: string | undefined;
  /** Only what belongs to this phase of a deployment. */
  readonly phase?: DeployPhase | undefined;
  /** Only these, by name. */
  readonly only?: readonly string[] | undefined;
  readonly known: Known;
  /** What earlier attempts have finished is undone by hand. */
  readonly isRestart?: boolean;
  /** Applied migrations that will be undone before it: they are pending then. */
  readonly undone?: ReadonlySet<string>;
  /** Two migrations with one number are applied all the same, with a note. */
  readonly takesTwins?: boolean;
  /** Repeatable files run, or are left for another run, whatever is still pending; where nothing is said they run behind the newest version. */
  readonly repeatables?: 'always' | 'never' | undefined;
}

/** A target that is open, as far as a plan depends on it. */
export interface Known {
  /** Absent where there is no database yet. */
  readonly history?: History;
  readonly settings: Pick<ConnectionSettings, 'embedded' | 'database' | 'schema'>;
  readonly tables: Tables;
  readonly applied: readonly HistoryRow[];
  /** Rows of repeatables. */
  readonly repeatables: readonly HistoryRow[];
  readonly halfApplied: readonly string[];
  readonly encoding: string;
  readonly chosen: string | undefined;
  readonly environment: string;
  readonly policy: Policy;
  readonly remembered: Remembered | undefined;
}

export interface Note {
  readonly text: string;
  readonly next?: string;
}

/** A plan, with everything that is in its way and whatever else is to be said about it. Nothing has happened yet. */
export interface MadePlan {
  readonly plan: Plan;
  readonly refusals: readonly Refusal[];
  readonly notes: readonly Note[];
  /** The same rollback was done already, by a run that was cut off before it could say so. */
  readonly unanswered?: UnansweredRollback;
}

export type Planner = (request: PlanRequest, folder: MigrationFolder) => Promise<MadePlan>;

/** Runs a check that refuses by throwing, so that the others still have their say. @returns undefined where it refused */
export async function collect<T>(refusals: Refusal[], check: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    refusals.push(...(error.all ?? [error]));
    return undefined;
  }
}
