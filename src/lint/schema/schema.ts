// The schema as a statement meets it: from the catalog of a database, or from the files before it.
import type { CreateFunctionStmt, Node } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';

/** A column's type with what it was given in parentheses: `varchar` and `[10]`. Names are PostgreSQL's own: `int4`. */
export interface ColumnType {
  readonly schema?: string;
  readonly name: string;
  readonly mods: readonly number[];
  readonly isArray: boolean;
}

export interface Column {
  readonly name: string;
  readonly type?: ColumnType;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly isIdentity: boolean;
  readonly isGenerated: boolean;
  readonly collation?: string;
}

export type ConstraintKind = 'check' | 'foreign' | 'unique' | 'primary' | 'exclude' | 'not-null';

export interface TableConstraint {
  readonly name: string;
  readonly kind: ConstraintKind;
  readonly columns: readonly string[];
  readonly isValid: boolean;
  /** Of a CHECK. */
  readonly expression?: Node;
  readonly references?: { readonly table: ObjectName; readonly columns: readonly string[] };
}

export interface TableIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  readonly isValid: boolean;
  /** It covers every row and every value by itself: no WHERE, no expression. */
  readonly isPlain: boolean;
  /** Columns that its expressions and its WHERE read. */
  readonly reads?: readonly string[];
  /** It is the index of a constraint of this name. */
  readonly constraint?: string;
}

export type RelationKind = 'table' | 'view' | 'matview' | 'sequence' | 'foreign' | 'index';

export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /** Made by what is pending: nobody uses it yet. */
  readonly isNew: boolean;
  readonly isTemporary: boolean;
  readonly columns: ReadonlyMap<string, Column>;
  /** Whether `columns` are all there are: not of CREATE TABLE AS. */
  readonly isWhole: boolean;
  readonly constraints: readonly TableConstraint[];
  readonly indexes: readonly TableIndex[];
  /** Of a partitioned table: how its partitions are told apart. */
  readonly partitionBy?: 'range' | 'list' | 'hash';
  readonly partitionKey?: readonly string[];
  readonly parent?: string;
  readonly isDefaultPartition?: boolean;
  /** Of a view: keys of what it reads, and the columns that it reads of them where that is known. */
  readonly reads?: readonly { readonly relation: string; readonly columns?: readonly string[] }[];
  /** Undefined where nobody asked. */
  readonly isPublished?: boolean;
  /** `d`, `n`, `f` or `i`, as the catalog has it. */
  readonly replicaIdentity?: string;
  /** Of an index: the key of its table. */
  readonly indexOf?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly isEmpty?: boolean;
  /** What is pending has taken all its rows. */
  readonly isEmptied?: boolean;
}

export interface Domain {
  readonly isConstrained: boolean;
  readonly isNew: boolean;
  readonly base?: ColumnType;
}

export type Volatility = 'immutable' | 'stable' | 'volatile';

export const keyOf = (schema: string, name: string): string => `${schema}\0${name}`;

/** What is not in it is not known, and counts as there: a table with rows that everybody uses. */
export class Schema {
  /** `catalog`: what is not in it does not exist. */
  source: 'catalog' | 'files' = 'files';
  /** Whether rows and bytes count: those of a development database say nothing about the others. */
  countsSizes = false;
  /** What is made now was made by what is pending. */
  isPending = false;
  path: readonly string[] = ['public'];
  timeZone: string | undefined;
  readonly relations = new Map<string, Relation>();
  readonly domains = new Map<string, Domain>();
  readonly enums = new Map<string, { readonly isNew: boolean }>();
  readonly functions = new Map<string, Volatility>();
  /** The statements that made them, as far as files were read. */
  readonly functionTexts = new Map<string, string>();
  readonly functionNodes = new Map<string, { readonly node: CreateFunctionStmt; readonly isNew: boolean }>();
  /** Indexes that the file at hand has dropped, by the key of their table. */
  readonly droppedIndexes = new Map<string, readonly TableIndex[]>();

  find(name: ObjectName | undefined): Relation | undefined {
    if (!name) return undefined;
    for (const schema of this.schemasOf(name)) {
      const found = this.relations.get(keyOf(schema, name.name));
      if (found) return found;
    }
    return undefined;
  }

  findIndex(name: ObjectName): { readonly table: Relation; readonly index: TableIndex } | undefined {
    const relation = this.find(name);
    const table = relation?.indexOf === undefined ? undefined : this.relations.get(relation.indexOf);
    const index = table?.indexes.find((one) => one.name === name.name);
    return table && index ? { table, index } : undefined;
  }

  /** Tables and materialized views with a column of this type, or an array of it. */
  usersOfType({ schema, name }: ObjectName): readonly Relation[] {
    const isOf = ({ type }: Column): boolean => type?.name === name && (!schema || !type.schema || type.schema === schema);
    return [...this.relations.values()].filter(({ kind, columns }) => kind !== 'view' && [...columns.values()].some(isOf));
  }

  /** Where a name without a schema is made. */
  home(name: ObjectName, isTemporary = false): string {
    return isTemporary ? 'pg_temp' : (name.schema ?? this.path[0] ?? 'public');
  }

  keyed(name: ObjectName): string {
    const found = this.find(name);
    return found ? keyOf(found.schema, found.name) : keyOf(this.home(name), name.name);
  }

  put(relation: Relation): void {
    this.relations.set(keyOf(relation.schema, relation.name), relation);
  }

  /** A table of which nothing else is known. */
  putUnknown(name: string, isNew: boolean): void {
    const lists = { columns: new Map(), constraints: [], indexes: [] };
    this.put({ schema: this.home({ name }), name, kind: 'table', isNew, isTemporary: false, isWhole: false, ...lists });
  }

  change(name: ObjectName, by: (relation: Relation) => Partial<Relation>): void {
    const relation = this.find(name);
    if (relation) this.put({ ...relation, ...by(relation) });
  }

  findIn<T>(map: ReadonlyMap<string, T>, { schema, name }: { readonly schema?: string; readonly name: string }): T | undefined {
    for (const one of this.schemasOf({ name, ...(schema && { schema }) })) {
      const found = map.get(keyOf(one, name));
      if (found) return found;
    }
    return undefined;
  }

  /** What was made until now is in use from now on. */
  age(): void {
    for (const map of [this.relations, this.domains, this.enums, this.functionNodes] as Map<string, { readonly isNew: boolean }>[])
      for (const [key, one] of map) if (one.isNew) map.set(key, { ...one, isNew: false });
  }

  clone(): Schema {
    const copy = Object.assign(new Schema(), { ...this });
    for (const [name, map] of Object.entries(this)) if (map instanceof Map) Object.assign(copy, { [name]: new Map(map) });
    return copy;
  }

  private schemasOf({ schema }: ObjectName): readonly string[] {
    return schema ? [schema] : ['pg_temp', ...this.path];
  }
}
