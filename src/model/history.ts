import type { Direction } from './migration.ts';

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
  readonly details: Readonly<Record<string, unknown>>;
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
