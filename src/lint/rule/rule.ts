import type { Node } from 'libpg-query';
import type { LockMode, ObjectName, StatementEffects } from '../../model/effects.ts';
import type { Fix, Severity } from '../../model/finding.ts';
import type { Direction } from '../../model/migration.ts';
import type { Card } from '../../model/rule-card.ts';
import type { Schema } from '../schema/schema.ts';

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
  /** Texts that the same run applies behind its file. */
  readonly later: readonly string[];
  readonly inTransaction: boolean;
  /** It runs in batches. */
  readonly inBatches: boolean;
  /** In whose body it stands: `the DO block`, `the function fill()`. */
  readonly body?: string;
  readonly direction: Direction;
  /** Its header says that the application which used what goes is gone. */
  readonly isAfterDeploy: boolean;
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
