import type { BackgroundFailure } from './background.ts';
import type { BackupSummary } from './backup.ts';
import type { Drift } from './drift.ts';
import type { Declared, DeployPhase } from './header.ts';
import type { HistoryRow } from './history.ts';
import type { Refusal } from './lockstep-error.ts';
import type { Repeatable } from './repeatable.ts';
import type { Running, Target } from './target.ts';

/** How the last attempt at something that is not in history ended. */
export interface Attempt {
  readonly name: string;
  readonly direction: 'up' | 'down';
  readonly state: 'failed' | 'interrupted';
  readonly at: Date;
  readonly error?: string;
  /** The failure's stable code: `lock-not-available`. */
  readonly code?: string;
  /** `file:line:column` of the failed statement. */
  readonly where?: string;
  /** Finished parts of a script that cannot run as a whole. */
  readonly partsDone: number;
}

export interface PendingMigration extends Declared {
  readonly name: string;
  readonly description?: string;
  readonly isLate: boolean;
  /** When it runs, seen from the deployment of the application. */
  readonly phase: DeployPhase;
}

/** A backfill that is not done. */
export interface BackfillState {
  readonly name: string;
  /** That its batches have walked over. */
  readonly rows: number;
  readonly pausedBy?: string;
  /** Left to `migrate:work`: who works on it now, and how fast. */
  readonly background?: {
    /** Counts from 1. */
    readonly part: number;
    readonly workers: number;
    readonly rowsPerSecond: number;
    /** As the server estimated it. */
    readonly totalRows?: number;
    readonly remainingMs?: number;
    readonly failure?: BackgroundFailure;
  };
}

/** Everything that a person or a CI job needs to know about one target. */
export interface Status {
  readonly environment: string;
  readonly target: string;
  readonly server: Target;
  readonly hasHistory: boolean;
  readonly applied: readonly HistoryRow[];
  readonly pending: readonly PendingMigration[];
  readonly repeatables: readonly Repeatable[];
  readonly attempts: readonly Attempt[];
  readonly drifts: readonly Drift[];
  /** What is in the way of any run: files, or that the database remembers another environment. */
  readonly problems: readonly Refusal[];
  readonly running?: Running;
  readonly rollbackCommand: string;
  readonly refusesLate: boolean;
  /** Of this database, in the folder of its environment; newest first. */
  readonly backups: readonly BackupSummary[];
  /** Under way, or interrupted. */
  readonly backfills: readonly BackfillState[];
}

/** Whether a CI job that asks for a finished, undamaged state gets one. @param only where nothing but this phase is to be finished */
export const isInOrder = ({ pending, repeatables, attempts, drifts, problems, backfills }: Status, only?: DeployPhase): boolean =>
  !pending.some(({ phase }) => only === undefined || phase === only) &&
  !backfills.some(({ background }) => background?.failure) &&
  repeatables.every(({ state }) => state === 'applied') &&
  attempts.length === 0 &&
  problems.length === 0 &&
  !drifts.some(({ stops }) => stops);
