import type { JournalHead } from './audit.ts';
import type { BackfillProgress } from './backfill.ts';
import type { Refusal, Where } from './lockstep-error.ts';
import type { Loss } from './loss.ts';
import type { Direction } from './migration.ts';
import type { Failure, Outcome, StepDone } from './outcome.ts';
import type { Phase } from './phase.ts';
import type { Blocker, RunLockHolder, Target } from './target.ts';

export interface PlannedStep {
  readonly name: string;
  readonly description?: string;
  /** What its files declare about the way back. */
  readonly irreversible?: string;
  readonly lossy?: string;
  /** Of a repeatable: why it runs. */
  readonly why?: string;
  /** What runs: a script, or a module that holds the change itself. */
  readonly file?: string;
  readonly kind: 'sql' | 'code';
  readonly parts: number;
  readonly statements: number;
}

interface InStep {
  readonly direction: Direction;
  /** Counts from 1. */
  readonly number: number;
  readonly total: number;
}

type Happening =
  | { readonly type: 'server-started'; readonly place: string; readonly url: string }
  | { readonly type: 'connected'; readonly environment: string; readonly server: Target }
  | { readonly type: 'created'; readonly what: 'database' | 'schema'; readonly name: string }
  | { readonly type: 'waiting'; readonly holder: RunLockHolder; readonly limitMs: number }
  | { readonly type: 'waited'; readonly durationMs: number }
  | { readonly type: 'settled'; readonly text: string }
  | { readonly type: 'note'; readonly text: string; readonly next?: string }
  | { readonly type: 'planned'; readonly direction: Direction; readonly steps: readonly PlannedStep[]; readonly dryRun: boolean }
  | {
      /** The gates are passed, and the first step begins. */
      readonly type: 'run-started';
      /** Identifies it in the journal. */
      readonly run: string;
      /** `ann@ci` */
      readonly by: string;
      readonly commit?: string;
      /** Migration files that differ from the commit, or are not in it. */
      readonly dirty?: readonly string[];
      /** The CI job's address. */
      readonly job?: string;
    }
  | ({ readonly type: 'step-started'; readonly step: PlannedStep } & InStep)
  | {
      readonly type: 'progress';
      readonly name: string;
      readonly unit: 'part' | 'statement';
      readonly number: number;
      readonly total: number;
      readonly summary: string;
      /** Of a part: where it begins. */
      readonly where?: Where;
    }
  | {
      /** A migration waits, without a lock, for sessions that stand in its way. */
      readonly type: 'blocked';
      readonly name: string;
      readonly attempt: number;
      readonly waitedMs: number;
      readonly limitMs: number;
      readonly behind: readonly Blocker[];
    }
  /** What a long statement is doing, told whenever it has moved; nothing, once the server no longer says. */
  | ({ readonly type: 'phase' } & Partial<Phase>)
  /** How far a part that runs in batches has come. */
  | ({ readonly type: 'backfill' } & BackfillProgress)
  /** One that ran in the background is done, or waits for somebody to put right what it failed over. */
  | { readonly type: 'backfill-ended'; readonly name: string; readonly part: number; readonly rows: number; readonly failure?: Failure }
  | { readonly type: 'rehearsing'; readonly name: string; readonly number: number; readonly total: number }
  | {
      /** Rows of the source are on their way into a scratch database. */
      readonly type: 'copying';
      readonly source: string;
      readonly rows: number;
      /** As the source's statistics have it. */
      readonly totalRows: number;
      readonly rowsPerSecond: number;
      readonly remainingMs?: number;
    }
  | { readonly type: 'data-loss'; readonly losses: readonly Loss[] }
  | { readonly type: 'notice'; readonly severity: string; readonly text: string }
  | ({ readonly type: 'step-done' } & StepDone & InStep)
  | ({ readonly type: 'step-failed'; readonly name: string; readonly failure: Failure } & InStep)
  | { readonly type: 'recorded'; readonly text: string; readonly names: readonly string[]; readonly journal?: JournalHead }
  | {
      readonly type: 'backup-progress';
      readonly file: string;
      readonly bytes: number;
      readonly rows?: number;
      readonly totalRows?: number;
      readonly remainingMs?: number;
    }
  | {
      readonly type: 'backed-up';
      readonly file: string;
      readonly bytes: number;
      readonly method: 'pg_dump' | 'copy';
      readonly proof: 'read' | 'restore';
      readonly durationMs: number;
      /** The command that brings it back. */
      readonly restore: string;
      readonly note?: string;
    }
  | {
      readonly type: 'restored';
      readonly file: string;
      readonly database: string;
      readonly tables: number;
      readonly rows: number;
      readonly durationMs: number;
      readonly note?: string;
    }
  | { readonly type: 'refused'; readonly refusal: Omit<Refusal, 'cause'> }
  | { readonly type: 'run-ended'; readonly environment: string; readonly outcome: Outcome; readonly journal?: JournalHead };

/** What happens during a run, in order. Reporters turn events into text; nothing else prints. */
export type Event = Happening & {
  /** The target's name, as whoever starts the journey adds it; absent where the command line was not understood. */
  readonly target?: string;
};

export type Emit = (event: Event) => void;

/** Names the target of every event that does not name one itself. */
export const forTarget =
  (target: string, emit: Emit): Emit =>
  (event) =>
    emit({ target, ...event });
