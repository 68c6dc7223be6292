import type { Provenance } from '../../files/read-provenance.ts';
import type { DeployPhase } from '../../model/header.ts';
import type { JournalDetails } from '../../model/history.ts';
import type { Journey } from '../../model/journey.ts';
import type { Plan } from '../../model/plan.ts';
import type { Rehearsal } from '../../model/rehearsal.ts';
import type { OpenTarget } from '../../target/open-target.ts';

/** What a person says beforehand about a plan. */
export interface GateOptions {
  /** The version to stop at, itself applied; of a rollback the one to go back to, which stays: `0` leaves nothing. */
  readonly to?: string;
  /** Only what belongs to this phase of a deployment. */
  readonly phase?: DeployPhase;
  /** Objects whose rows or values may be lost. */
  readonly allowDataLoss?: readonly string[];
  /** What was typed, where it is not the command that only applies, or only rolls back. */
  readonly command?: string;
  /** Where the files came from; asked of Git where it is absent. */
  readonly provenance?: Provenance;
  /** Rehearses migrations by name, on a scratch server. */
  readonly rehearse?: (names: readonly string[], major: number) => Promise<Rehearsal>;
}

export interface GateQuestion {
  readonly journey: Journey & GateOptions;
  readonly target: OpenTarget;
  readonly plan: Plan;
}

/** What the gates found and did so far; the journal keeps it with the run. */
export type GateResults = JournalDetails;

/**
 * A condition that must hold before a plan may run. It first tries to satisfy itself.
 * @returns what the journal is to keep
 * @throws LockstepError (exit 3) with the one command that settles it; nothing has been changed then
 */
export type Gate = (question: GateQuestion, results: GateResults) => Promise<GateResults>;
