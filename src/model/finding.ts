import type { ObjectName } from './effects.ts';
import type { Where } from './lockstep-error.ts';
import type { Direction } from './migration.ts';

/** What a rule warns of, as readers know it from the rule's card. */
export type RuleClass =
  /** Readers or writers wait as long as the statement takes, which grows with the table. */
  | 'lock-long'
  /** The same, and the whole table is written anew. */
  | 'rewrite'
  /** A strong lock that is held for a moment, and for which others queue. */
  | 'lock-brief'
  | 'runtime-error'
  | 'data-loss'
  /** Code that runs at that moment breaks. */
  | 'compat'
  | 'transaction'
  | 'dml'
  | 'correctness'
  | 'policy'
  | 'style';

export type Severity = 'error' | 'warning' | 'info' | 'off';

/** One part of the online form of a statement: what runs in a transaction of its own, or in none. */
export interface FixStep {
  readonly mode: 'transaction' | 'no-transaction' | 'backfill';
  readonly sql: string;
}

/** What stands in for a statement, or for one command of an ALTER TABLE. */
export interface Fix {
  readonly steps: readonly FixStep[];
  /** Of an ALTER TABLE: which of its commands, counted from 0. Undefined: the whole statement. */
  readonly command?: number;
  /** It is not to share a transaction with what stands before it. */
  readonly isApart?: true;
}

/** How much a statement meets, where a database was asked. */
export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

/** What lint says about one statement. */
export interface Finding {
  /** The rule's id: `set-not-null`. */
  readonly rule: string;
  readonly class: RuleClass;
  readonly severity: Exclude<Severity, 'off'>;
  /** The migration's name. */
  readonly migration: string;
  readonly direction: Direction;
  readonly where: Where;
  /** Offsets of the statement in its file, for edits. */
  readonly start: number;
  readonly end: number;
  readonly what: string;
  readonly why: string;
  /** What to do: the corrected SQL, or a sentence. */
  readonly next: string;
  readonly fix?: Fix;
  readonly table?: ObjectName;
  readonly size?: TableSize;
  /** Why it counts less than its rule says: the table is empty, the file accepts it. */
  readonly because?: string;
}

/** What was looked at, and what was found. */
export interface LintResult {
  readonly findings: readonly Finding[];
  /** Accepted by `-- lint-allow`, or by the baseline. */
  readonly accepted: number;
  /** Names of the migrations that were read. */
  readonly linted: readonly string[];
  /** What the schema is known by: `staging, PostgreSQL 17`, `the files`. */
  readonly source: string;
  readonly notes: readonly string[];
}
