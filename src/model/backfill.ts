import type { ObjectName } from './effects.ts';

/** What `-- part: backfill …` says beside the statement. */
export interface BackfillOptions {
  /** Rows of the first batch, and of every one where it is said. */
  readonly batch?: number;
  /** After each batch. Milliseconds. */
  readonly pauseMs?: number;
  /** Columns to walk along, instead of the primary key. */
  readonly along?: readonly string[];
  /** Whether it waits for replicas, slots and autovacuum; it does where nothing is said. */
  readonly yields?: boolean;
  /** The write-ahead log of the server may grow by so much. Bytes. */
  readonly walPerSecond?: number;
  /** Not by the run that applies it, but by `migrate:work`. */
  readonly inBackground?: true;
}

export interface KeyColumn {
  readonly name: string;
  /** As SQL: `timestamp with time zone`. */
  readonly type: string;
}

/** Along what a table is walked. Without columns: along its pages. */
export interface WalkKey {
  /** With its schema, quoted. */
  readonly table: string;
  readonly columns: readonly KeyColumn[];
  /** As the server estimates it. */
  readonly rows?: number;
}

/** A statement that runs in batches. */
export interface Backfill extends BackfillOptions {
  readonly verb: 'UPDATE' | 'DELETE' | 'INSERT';
  /** The table along whose key it goes: the target, or of an INSERT what it reads. */
  readonly table: ObjectName;
  /** As the statement calls it. */
  readonly called: string;
  /** Of the condition behind WHERE, in the file; absent where there is none. */
  readonly where?: { readonly start: number; readonly end: number };
  /** Where a WHERE can be written if there is none. Offset in the file. */
  readonly whereAt: number;
  /** Columns that it sets. */
  readonly sets: readonly string[];
  /** A row that is done is met a second time without harm: `SET c = … WHERE c IS NULL`, DELETE. Then the WHERE says which rows are left. */
  readonly saysWhatIsLeft: boolean;
  /** Must give 0 before the part counts as done. */
  readonly verify?: string;
}

/** How far a backfill has come. */
export interface BackfillProgress {
  readonly name: string;
  /** Counts from 1. */
  readonly part: number;
  /** Rows that were walked over, by earlier runs too. */
  readonly rows: number;
  /** As the server estimates it; absent where it does not know. */
  readonly totalRows?: number;
  readonly rowsPerSecond: number;
  readonly remainingMs?: number;
  /** Rows of the batch at hand. */
  readonly batch: number;
  /** Why it waits. */
  readonly why?: string;
  /** To whom it leaves room, going on more slowly. */
  readonly givesWayTo?: string;
}
