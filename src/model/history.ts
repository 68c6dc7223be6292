import type { Taken } from './loss.ts';
import type { Direction } from './migration.ts';
import type { KeptRollback } from './plan.ts';
import type { DefinedObject } from './repeatable.ts';

/** A row of `schema_migrations`. What stock Knex recorded before us has only the first four. */
export interface HistoryRow {
  readonly id: number;
  readonly name: string;
  readonly batch: number;
  readonly appliedAt: Date;
  readonly description?: string;
  readonly durationMs?: number;
  readonly appliedBy?: string;
  readonly checksum?: string;
}

export type JournalEventKind =
  | 'run-started'
  | 'part-started'
  | 'part-done'
  | 'step-done'
  | 'step-rolled-back'
  | 'step-failed'
  | 'backfill-done'
  | 'run-ended'
  | 'settled'
  | 'baselined'
  | 'repaired';

/** One event of `schema_migrations_journal`; never updated. */
export interface JournalEvent {
  readonly id: number;
  readonly run: string;
  readonly event: JournalEventKind;
  readonly at: Date;
  readonly name?: string;
  readonly direction?: Direction;
  /** Counts from 1. */
  readonly part?: number;
  readonly checksum?: string;
  readonly details: JournalDetails;
}

/** What an event says besides its columns: a promise of whoever writes it. What is read back was perhaps changed by hand. */
export interface JournalDetails {
  // run-started: where, as what and by whom.
  readonly environment?: string;
  readonly host?: string;
  readonly database?: string;
  readonly oid?: number;
  /** The cluster's own identifier. */
  readonly system?: string;
  /** Of the session. */
  readonly pid?: number;
  /** Of the runner, on its machine. */
  readonly process?: number;
  /** `ann@ci` */
  readonly by?: string;
  readonly steps?: readonly string[];
  // run-started: what the gates found and did.
  readonly commit?: string;
  /** Migration files that were in no commit. */
  readonly dirty?: readonly string[];
  /** The CI job's address. */
  readonly job?: string;
  readonly losses?: readonly { readonly object: string; readonly key: string | null }[];
  readonly consentToLoss?: string;
  readonly consent?: string;
  /** How what is applied was proved beforehand: kept, or at once; and on which majors. */
  readonly rehearsal?: { readonly by: 'kept' | 'run'; readonly majors: readonly number[]; readonly data?: 'real' };
  readonly backup?: Readonly<Record<string, string | number>>;
  /** The stock command, and what let it pass. */
  readonly stock?: string;
  readonly allowed?: string;
  // run-ended, settled
  readonly result?: 'done' | 'failed' | 'interrupted';
  readonly as?: 'interrupted';
  // part-started: what the catalog said of its effect, the indexes of its table; a module without a transaction.
  readonly indexes?: readonly string[];
  readonly transaction?: false;
  // part-done: what the script has set for its session.
  readonly role?: string;
  readonly authorization?: string;
  readonly settings?: Readonly<Record<string, string>> | null;
  /** Its statements, where they are short and hold no secret. */
  readonly text?: string;
  // step-done, step-rolled-back, baselined, repaired
  readonly kind?: 'sql' | 'code';
  readonly semanticHash?: string;
  /** Of an SQL migration that was applied. */
  readonly rollback?: KeptRollback;
  /** Of a repeatable: what it made. */
  readonly objects?: readonly DefinedObject[];
  readonly taken?: readonly Taken[];
  /** The row of history as it was written. */
  readonly row?: Readonly<Record<string, unknown>> | null;
  // backfill-done
  readonly rows?: number;
  // step-failed
  readonly code?: string;
  readonly error?: string;
  readonly sqlstate?: string;
  readonly statementFailed?: boolean;
  readonly where?: string;
  readonly interruptedBy?: string;
  // baselined from a table of stock Knex: the name and the table there.
  readonly from?: string;
  readonly table?: string;
  // repaired: what was done, and what was there before and after. Of part-started: what the catalog said before it.
  readonly what?: string;
  readonly before?: string | null;
  readonly after?: string;
}

/** A run that began and neither ended nor was settled. With its holder gone it is interrupted. */
export interface OpenRun {
  readonly run: string;
  readonly startedAt: Date;
  readonly pid: number;
  readonly by: string;
  readonly steps: readonly string[];
  readonly direction: Direction;
}
