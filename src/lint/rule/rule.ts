import type { Node } from 'libpg-query';
import type { LockMode, ObjectName, StatementEffects } from '../../model/effects.ts';
import type { Fix, RuleClass, Severity } from '../../model/finding.ts';
import type { Direction } from '../../model/migration.ts';
import type { Schema } from '../schema/schema.ts';

/** What a rule says about itself: for its findings, for docs/rules.md, and for the tests that hold it to its word. */
export interface Card {
  /** Stable, kebab-case; people write it into `-- lint-allow`. */
  readonly id: string;
  readonly class: RuleClass;
  /** Where it is not what its class says. */
  readonly severity?: Severity;
  /** What it warns of, as the heading of its page. */
  readonly title: string;
  /** One sentence: what happens on the server. */
  readonly why: string;
  /** Of a runtime error: an empty table is spared. */
  readonly needsRows?: true;
  /** Majors of PostgreSQL on which it holds; without them on all. */
  readonly since?: number;
  readonly until?: number;
  /** What is there before; none: nothing. */
  readonly given?: string;
  readonly bad: string;
  /** What comes to the same without the hazard. */
  readonly good: string;
  /** Rules of the same meaning in other tools. */
  readonly same?: { readonly squawk?: string; readonly strongMigrations?: string };
}

/** A statement as a rule sees it. */
export interface Site {
  readonly node: Node;
  readonly effects?: StatementEffects;
  /** As it is before the statement. */
  readonly schema: Schema;
  /** Of the statement, with LF line ends; of a DO block's body, that of the statement in it. */
  readonly text: string;
  /** Strong locks that the same transaction holds, on tables that others use, by key; and with which statement they were taken. */
  readonly held: ReadonlyMap<string, { readonly mode: LockMode; readonly by: string; readonly table: ObjectName }>;
  /** Statements before it in its transaction. */
  readonly before: readonly Node[];
  /** Statements behind it in its file. */
  readonly after: readonly Node[];
  readonly inTransaction: boolean;
  /** It runs in batches. */
  readonly inBatches: boolean;
  /** It stands in the body of a DO block. */
  readonly inBody: boolean;
  readonly direction: Direction;
  /** Of the server; undefined where none was named: then what holds on any major is told. */
  readonly major?: number;
}

/** What a rule finds in a statement. */
export interface Hit {
  readonly what: string;
  readonly table?: ObjectName;
  readonly severity?: Severity;
  readonly fix?: Fix;
  /** Where no fix can be written: what to do. */
  readonly next?: string;
}

export interface Rule extends Card {
  /** Kinds of statements that it looks at, as the parser names them; without it at all. */
  readonly on?: readonly string[];
  readonly check: (site: Site) => readonly Hit[];
}
