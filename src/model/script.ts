import type { Backfill } from './backfill.ts';
import type { ObjectName, StatementEffects } from './effects.ts';
import type { SourceFile } from './migration.ts';

/** A half-open range of UTF-16 offsets into a script's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What a non-transactional statement leaves in the catalog, so that after a crash the next run can see whether it happened.
 * `repeatable` may simply run again (VACUUM); of `unknown` nothing can be read.
 */
export type Effect =
  | { readonly kind: 'create-index'; readonly table: ObjectName; readonly index?: string; readonly ifNotExists: boolean }
  | { readonly kind: 'drop-index'; readonly index: ObjectName; readonly ifExists: boolean }
  | { readonly kind: 'reindex'; readonly target: 'index' | 'table' | 'schema' | 'database'; readonly object: ObjectName }
  | { readonly kind: 'add-enum-value'; readonly type: ObjectName; readonly label: string }
  | { readonly kind: 'detach-partition'; readonly parent: ObjectName; readonly partition: ObjectName }
  | { readonly kind: 'create-database' | 'drop-database' | 'create-tablespace' | 'drop-tablespace'; readonly name: string }
  | { readonly kind: 'repeatable' }
  | { readonly kind: 'unknown' };

export interface Statement extends Span {
  /** First words in capitals, for progress and errors: `CREATE INDEX CONCURRENTLY`. */
  readonly summary: string;
  /** Absent where it only reads, or adds constants. */
  readonly effects?: StatementEffects;
  /** It is too large, or nests too deep, to be parsed: only the server tells whether it is right. */
  readonly isUnchecked?: true;
}

/** A run of statements that share one mode. A non-transactional part holds exactly one statement. */
export type Part =
  | { readonly mode: 'transaction'; readonly statements: readonly Statement[]; readonly checksum: string }
  | { readonly mode: 'no-transaction'; readonly statements: readonly [Statement]; readonly checksum: string; readonly effect: Effect }
  /** One statement that runs in batches, each committed. */
  | { readonly mode: 'backfill'; readonly statements: readonly [Statement]; readonly checksum: string; readonly backfill: Backfill };

/** An SQL file, split and classified. Nothing in it has been rewritten: parts and statements are spans of `file.text`. */
export interface Script {
  readonly file: SourceFile;
  readonly parts: readonly Part[];
  /** How our transaction begins: `BEGIN`, or the file's own with its options. */
  readonly begin: string;
  /** SHA-256 of the script's meaning: the parse trees without positions; bulk INSERTs by their tokens. */
  readonly semanticHash: string;
  /** True where the text may hold a password, or is too long to be searched for one: it is then not kept in the journal. */
  readonly hasSecret: boolean;
}
