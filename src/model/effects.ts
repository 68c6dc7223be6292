/** A name as PostgreSQL knows it: already folded, not quoted. */
export interface ObjectName {
  readonly schema?: string;
  readonly name: string;
}

/** PostgreSQL's table lock modes that a migration waits for (manual: explicit-locking). */
export type LockMode = 'ShareUpdateExclusive' | 'Share' | 'ShareRowExclusive' | 'Exclusive' | 'AccessExclusive';

/** A lock that a statement will ask for. The relation may be an index: its table is then meant. */
export interface LockNeed {
  readonly relation: ObjectName;
  readonly mode: LockMode;
}

/** What a DROP … CASCADE may name and rows or values may depend on. */
export type Droppable = 'table' | 'view' | 'type' | 'collation' | 'schema' | 'extension';

/**
 * What a statement takes away, as far as its text tells. `Relation` is a name as the statement has it; a plan knows which names that thing
 * may have before it runs.
 */
export type DataLoss<Relation = ObjectName, Column = string> =
  /** TRUNCATE … CASCADE empties what refers to the table, DELETE what refers to it ON DELETE CASCADE. */
  | { readonly kind: 'rows'; readonly table: Relation; readonly along?: 'referencing' | 'cascading' }
  /** `unset`: a key is overwritten, with what refers to it ON UPDATE SET NULL; `hanging`: what depends on a column, DROP COLUMN … CASCADE. */
  | { readonly kind: 'values' | 'unset' | 'hanging'; readonly table: Relation; readonly column: Column }
  /** A column gets another type, over others maybe; what does not survive the way there and back is lost. `made` is that type's name. */
  | {
      readonly kind: 'type';
      readonly table: Relation;
      readonly column: Column;
      readonly path: readonly string[] | undefined;
      readonly made: Relation;
    }
  /** With all that depends on it, wherever that is: CASCADE. */
  | { readonly kind: 'dropped'; readonly what: Droppable; readonly name: Relation }
  /** Columns of a composite type lose an attribute with the type. */
  | { readonly kind: 'columns-of-type'; readonly type: Relation; readonly isTable: boolean }
  /** More than can be counted: a database, everything that a role owns. */
  | { readonly kind: 'everything'; readonly name: string };

/** What a statement gives another name, for the statements after it. */
export type Rename =
  | { readonly kind: 'relation' | 'type'; readonly name: ObjectName; readonly to: Partial<ObjectName> }
  | { readonly kind: 'column'; readonly table: ObjectName; readonly from: string; readonly to: string }
  | { readonly kind: 'schema'; readonly from: string; readonly to: string }
  | { readonly kind: 'made-type'; readonly name: ObjectName }
  /** Undefined: the session's own. */
  | { readonly kind: 'search-path'; readonly path: readonly string[] | undefined };

/** A way by which what happens to one relation happens to another, and which statements take it. */
export interface Link {
  readonly kind: 'view' | 'child' | 'reference' | 'cascade';
  readonly from: ObjectName;
  readonly to: ObjectName;
}

/** What one statement does besides its result: read once from its parse tree, used by locking, gates, backup and lint. */
export interface StatementEffects {
  readonly locks: readonly LockNeed[];
  readonly losses: readonly DataLoss[];
  /** Relations that it changes, locks or makes: tables, views, indexes, sequences. */
  readonly changes: readonly ObjectName[];
  /** Schemas that it drops, with all that is in them. */
  readonly dropsSchemas: readonly string[];
  /** Tables some of whose rows it deletes, and says so: DELETE … WHERE, MERGE. */
  readonly deletes: readonly ObjectName[];
  /** No row and no value can be lost by it: CREATE INDEX, ADD COLUMN, RENAME. */
  readonly preservesData: boolean;
  /** It may change anything: DO, CALL, a function of one's own, a statement that is too large to be parsed. */
  readonly isOpaque: boolean;
  readonly renames: readonly Rename[];
  readonly links: readonly Link[];
}
