// CREATE TABLE and what stands in it, as the schema's own nouns.
import type { ColumnDef, Constraint, CreateStmt, Node } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import { nameOfRelation, namesOfRelations, wordOf } from '../../sql/effects/names.ts';
import { column, isSerial, typeOf } from './column-types.ts';
import type { Column, ConstraintKind, Relation, Schema, TableConstraint, TableIndex } from './schema.ts';

const KINDS: Readonly<Record<string, ConstraintKind>> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'foreign',
  CONSTR_UNIQUE: 'unique',
  CONSTR_PRIMARY: 'primary',
  CONSTR_EXCLUSION: 'exclude',
  CONSTR_NOTNULL: 'not-null',
};

const LONGEST = 63;

/** As PostgreSQL names what nobody named (makeObjectName): cut to 63 bytes, the longer of both names first. */
export function madeName(table: string, columns: readonly string[], label: string): string {
  const [first, second] = [[...table], [...columns.join('_')]];
  const room = LONGEST - label.length - (second.length > 0 ? 2 : 1);
  while (Buffer.byteLength(first.join('')) + Buffer.byteLength(second.join('')) > room)
    (Buffer.byteLength(first.join('')) > Buffer.byteLength(second.join('')) ? first : second).pop();
  return [first.join(''), second.join(''), label].filter(Boolean).join('_');
}

export const constraintsOf = ({ constraints = [] }: ColumnDef): readonly Constraint[] =>
  constraints.flatMap((one) => ('Constraint' in one ? [one.Constraint] : []));

export function columnOf(definition: ColumnDef): Column {
  const own = constraintsOf(definition);
  const has = (kind: string): boolean => own.some(({ contype }) => contype === kind);
  const type = typeOf(definition.typeName);
  return column(definition.colname ?? '', {
    ...(type && { type }),
    notNull: has('CONSTR_NOTNULL') || has('CONSTR_PRIMARY') || has('CONSTR_IDENTITY') || isSerial(definition.typeName),
    hasDefault: has('CONSTR_DEFAULT') || isSerial(definition.typeName),
    isIdentity: has('CONSTR_IDENTITY'),
    isGenerated: has('CONSTR_GENERATED'),
    ...(definition.collClause && { collation: wordOf(definition.collClause.collname?.at(-1)) }),
  });
}

/** A constraint with the name that it gets; undefined for what is none in the catalog: DEFAULT, IDENTITY. */
export function constraintOf(table: ObjectName, constraint: Constraint, on?: string): TableConstraint | undefined {
  const kind = KINDS[constraint.contype ?? ''];
  if (!kind) return undefined;
  const columns = columnsOf(constraint, kind, on);
  return {
    name: constraint.conname ?? constraint.indexname ?? madeName(table.name, namedBy(kind, columns), LABELS[kind]),
    kind,
    columns,
    isValid: !constraint.skip_validation && constraint.initially_valid !== false,
    ...(constraint.raw_expr && { expression: constraint.raw_expr }),
    ...(constraint.pktable && {
      references: { table: nameOfRelation(constraint.pktable), columns: (constraint.pk_attrs ?? []).map(wordOf) },
    }),
  };
}

const LABELS: Readonly<Record<ConstraintKind, string>> = {
  check: 'check',
  foreign: 'fkey',
  unique: 'key',
  primary: 'pkey',
  exclude: 'excl',
  'not-null': 'not_null',
};

/** A CHECK over several columns bears the table's name alone, as a primary key does. */
const namedBy = (kind: ConstraintKind, columns: readonly string[]): readonly string[] =>
  kind === 'primary' || (kind === 'check' && columns.length > 1) ? [] : columns;

function columnsOf(constraint: Constraint, kind: ConstraintKind, on: string | undefined): readonly string[] {
  const listed = (kind === 'foreign' ? constraint.fk_attrs : constraint.keys)?.map(wordOf) ?? [];
  if (listed.length > 0) return listed;
  if (on !== undefined) return [on];
  return kind === 'check' ? mentioned(constraint.raw_expr) : [];
}

/** Names of the columns that an expression reads. */
export function mentioned(expression: unknown): readonly string[] {
  const found = new Set<string>();
  const see = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(see);
    else if (typeof value === 'object' && value !== null) {
      if ('ColumnRef' in value) found.add(wordOf((value as { ColumnRef: { fields?: Node[] } }).ColumnRef.fields?.at(-1)));
      else Object.values(value).forEach(see);
    }
  };
  see(expression);
  return [...found];
}

export const indexOfConstraint = ({ name, kind, columns }: TableConstraint): readonly TableIndex[] =>
  kind === 'unique' || kind === 'primary' || kind === 'exclude'
    ? [{ name, columns, isUnique: kind !== 'exclude', isValid: true, isPlain: kind !== 'exclude', constraint: name }]
    : [];

export const emptyRelation = (schema: Schema, name: ObjectName, rest: Partial<Relation> = {}): Relation => ({
  schema: schema.home(name, rest.isTemporary),
  name: name.name,
  kind: 'table',
  isNew: schema.isPending,
  isTemporary: false,
  columns: new Map(),
  isWhole: true,
  constraints: [],
  indexes: [],
  ...rest,
});

const STRATEGIES: Readonly<Record<string, Relation['partitionBy']>> = {
  PARTITION_STRATEGY_RANGE: 'range',
  PARTITION_STRATEGY_LIST: 'list',
  PARTITION_STRATEGY_HASH: 'hash',
};

const isTemporary = (relation: CreateStmt['relation']): boolean => relation?.relpersistence === 't';

export function replayCreateTable(schema: Schema, statement: CreateStmt): void {
  const name = nameOfRelation(statement.relation);
  if (statement.if_not_exists && schema.find(name)) return;
  const draft = draftTable(schema, name, statement);
  const by = STRATEGIES[statement.partspec?.strategy ?? ''];
  const relation = emptyRelation(schema, name, {
    ...draft,
    isTemporary: isTemporary(statement.relation),
    ...(by && {
      partitionBy: by,
      partitionKey: (statement.partspec?.partParams ?? []).map((one) => ('PartitionElem' in one ? (one.PartitionElem.name ?? '') : '')),
    }),
    ...(statement.partbound && parentOf(schema, statement)),
  });
  putTable(schema, relation);
}

function parentOf(schema: Schema, { inhRelations, partbound }: CreateStmt): Partial<Relation> {
  const [parent] = namesOfRelations(inhRelations);
  return parent ? { parent: schema.keyed(parent), isDefaultPartition: partbound?.is_default ?? false } : {};
}

/** A table with its indexes, which are relations of their own. */
export function putTable(schema: Schema, relation: Relation): void {
  schema.put(relation);
  for (const index of relation.indexes)
    schema.put({
      ...emptyRelation(schema, { schema: relation.schema, name: index.name }),
      kind: 'index',
      indexOf: `${relation.schema}\0${relation.name}`,
    });
}

class Draft {
  readonly columns = new Map<string, Column>();
  readonly constraints: TableConstraint[] = [];
  isWhole = true;
  private readonly table: ObjectName;

  constructor(table: ObjectName) {
    this.table = table;
  }

  inherit(parent: Relation | undefined): void {
    this.isWhole &&= parent?.isWhole ?? false;
    for (const [key, one] of parent?.columns ?? []) this.columns.set(key, one);
    this.constraints.push(...(parent?.constraints ?? []).filter(({ kind }) => kind === 'check' || kind === 'not-null'));
  }

  like(source: Relation | undefined): void {
    this.isWhole &&= source?.isWhole ?? false;
    for (const [key, one] of source?.columns ?? []) this.columns.set(key, one);
  }

  constraint(constraint: Constraint, on?: string): void {
    const found = constraintOf(this.table, constraint, on);
    if (found) this.constraints.push(found);
  }

  column(definition: ColumnDef): void {
    const one = columnOf(definition);
    this.columns.set(one.name, one);
    for (const constraint of constraintsOf(definition)) this.constraint(constraint, one.name);
  }
}

function draftTable(schema: Schema, name: ObjectName, { tableElts = [], constraints = [], inhRelations }: CreateStmt): Partial<Relation> {
  const draft = new Draft(name);
  for (const parent of namesOfRelations(inhRelations)) draft.inherit(schema.find(parent));
  for (const element of [...tableElts, ...constraints]) {
    if ('ColumnDef' in element) draft.column(element.ColumnDef);
    if ('TableLikeClause' in element) draft.like(schema.find(nameOfRelation(element.TableLikeClause.relation)));
    if ('Constraint' in element) draft.constraint(element.Constraint);
  }
  for (const { kind, columns } of draft.constraints) if (kind === 'primary') setNotNull(draft.columns, columns);
  return {
    columns: draft.columns,
    constraints: draft.constraints,
    indexes: draft.constraints.flatMap(indexOfConstraint),
    isWhole: draft.isWhole,
  };
}

export function setNotNull(columns: Map<string, Column>, names: readonly string[]): void {
  for (const name of names) {
    const one = columns.get(name);
    if (one) columns.set(name, { ...one, notNull: true });
  }
}
