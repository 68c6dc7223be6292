import type { Where } from './lockstep-error.ts';
import type { ObjectName } from './script.ts';

/** The names that something may have before the plan runs: the first one that exists is meant. */
type Names = readonly ObjectName[];

/** What a DROP … CASCADE may name and rows or values may hang on. */
export type Droppable = 'table' | 'view' | 'type' | 'collation' | 'schema' | 'extension';

/** What a statement takes away, as far as its text tells. */
export type Taking =
  /** TRUNCATE … CASCADE empties what refers to the table, DELETE what refers to it ON DELETE CASCADE. */
  | { readonly kind: 'rows'; readonly table: Names; readonly along?: 'referencing' | 'cascading' }
  | { readonly kind: 'values'; readonly table: Names; readonly column: readonly string[] }
  /** A key is overwritten, with what refers to it ON UPDATE SET NULL. */
  | { readonly kind: 'unset'; readonly table: Names; readonly column: readonly string[] }
  /** What hangs on a column: DROP COLUMN … CASCADE. */
  | { readonly kind: 'hanging'; readonly table: Names; readonly column: readonly string[] }
  /** A column gets another type, over others maybe; what does not survive the way there and back is lost. */
  | { readonly kind: 'type'; readonly table: Names; readonly column: readonly string[]; readonly path: readonly string[] | undefined }
  /** With all that hangs on it, wherever that is: CASCADE. */
  | { readonly kind: 'dropped'; readonly what: Droppable; readonly name: Names }
  /** Columns of a composite type lose an attribute with the type. */
  | { readonly kind: 'columns-of-type'; readonly type: Names }
  /** More than can be counted: a database, everything that a role owns. */
  | { readonly kind: 'everything'; readonly name: string };

/** A statement that takes something away. */
export interface TakingStatement {
  readonly summary: string;
  readonly where: Where;
  readonly taking: Taking;
}

/** Rows or values that would go. */
export interface Loss {
  /** `new_table`, `users.email`; with its schema where that is not in the search path. */
  readonly object: string;
  readonly what: 'rows' | 'values';
  /** Undefined where it cannot be told. */
  readonly count: number | undefined;
  readonly isEstimate: boolean;
  readonly summary: string;
  readonly where: Where;
}

/** `1,204 rows of new_table`, `about 37 values of users.email` */
export function describeLoss({ object, what, count, isEstimate }: Loss): string {
  if (count === undefined) return `${what} of ${object}`;
  const noun = count === 1 ? what.slice(0, -1) : what;
  return `${isEstimate ? 'about ' : ''}${count.toLocaleString('en')} ${noun} of ${object}`;
}
