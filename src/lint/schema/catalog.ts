// The schema out of a database's catalogs, with how many rows its tables have.
import type { Node } from 'libpg-query';
import type { Client } from 'pg';
import { ask } from '../../pg/ask.ts';
import { loadParser, type Parse } from '../../sql/parser.ts';
import {
  COLUMNS,
  CONSTRAINTS,
  type ColumnRow,
  type ConstraintRow,
  FUNCTIONS,
  INDEXES,
  type IndexRow,
  RELATIONS,
  type RelationRow,
  SETTINGS,
  TYPES,
} from './catalog-questions.ts';
import { typeOf } from './column-types.ts';
import {
  type Column,
  type ColumnType,
  type ConstraintKind,
  type Domain,
  keyOf,
  type Relation,
  Schema,
  type TableConstraint,
  type TableIndex,
  type Volatility,
} from './schema.ts';

/** Reads the whole schema in one message. @param countsSizes whether rows and bytes are those that a migration will meet */
export async function readCatalogSchema(client: Client, countsSizes: boolean): Promise<Schema> {
  const [relations, columns, constraints, indexes, types, functions, [settings]] = await ask(
    client,
    RELATIONS,
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    TYPES,
    FUNCTIONS,
    SETTINGS,
  );
  const parse = await loadParser();
  const schema = new Schema();
  Object.assign(schema, { source: 'catalog', countsSizes, path: settings?.path ?? ['public'], timeZone: settings?.zone });
  for (const { schema: own, name, kind, constrained, base } of types) {
    if (kind === 'e') schema.enums.set(keyOf(own, name), { isNew: false });
    else schema.domains.set(keyOf(own, name), domainOf(parse, constrained, base));
  }
  for (const { schema: own, name, volatility, definition } of functions) {
    schema.functions.set(keyOf(own, name), volatility.slice(1) as Volatility);
    if (definition === null) continue;
    schema.functionTexts.set(keyOf(own, name), definition);
    const node = parse(definition)?.node;
    if (node && 'CreateFunctionStmt' in node) schema.functionNodes.set(keyOf(own, name), { node: node.CreateFunctionStmt, isNew: false });
  }
  const keys = new Map(relations.map(({ oid, schema: own, name }) => [oid, keyOf(own, name)]));
  const belongs = { columns: byRelation(columns), constraints: byRelation(constraints), indexes: byRelation(indexes) };
  const tableOf = new Map(indexes.map(({ oid, relation }) => [oid, relation]));
  const reading: Reading = { parse, keys, tableOf, ...belongs };
  for (const row of relations) schema.put(relationOf(row, reading));
  return schema;
}

interface Reading {
  readonly parse: Parse;
  readonly keys: ReadonlyMap<string, string>;
  readonly tableOf: ReadonlyMap<string, string>;
  readonly columns: ReadonlyMap<string, readonly ColumnRow[]>;
  readonly constraints: ReadonlyMap<string, readonly ConstraintRow[]>;
  readonly indexes: ReadonlyMap<string, readonly IndexRow[]>;
}

function byRelation<T extends { readonly relation: string }>(rows: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) found.set(row.relation, [...(found.get(row.relation) ?? []), row]);
  return found;
}

const KINDS: Readonly<Record<string, Relation['kind']>> = { v: 'view', m: 'matview', f: 'foreign', S: 'sequence', i: 'index', I: 'index' };
const STRATEGIES: Readonly<Record<string, Relation['partitionBy']>> = { r: 'range', l: 'list', h: 'hash' };

function relationOf(row: RelationRow, reading: Reading): Relation {
  const { keys } = reading;
  const by = STRATEGIES[row.strategy ?? ''];
  const parent = keys.get(row.parent ?? '');
  const indexOf = keys.get(reading.tableOf.get(row.oid) ?? '');
  const reads = (row.reads ?? []).flatMap(({ oid, columns }) => {
    const relation = keys.get(oid);
    return relation ? [{ relation, ...(columns && { columns }) }] : [];
  });
  return {
    schema: row.schema,
    name: row.name,
    kind: KINDS[row.kind] ?? 'table',
    isNew: false,
    isTemporary: false,
    columns: new Map((reading.columns.get(row.oid) ?? []).map((one) => [one.name, columnOf(one)])),
    isWhole: true,
    constraints: (reading.constraints.get(row.oid) ?? []).map((one) => constraintOf(one, reading)),
    indexes: (reading.indexes.get(row.oid) ?? []).map(indexOfRow),
    isPublished: row.is_published,
    replicaIdentity: row.identity,
    rows: Number(row.rows),
    ...(row.bytes !== null && { bytes: Number(row.bytes), isEmpty: Number(row.bytes) === 0 }),
    ...(by && { partitionBy: by, partitionKey: row.key ?? [] }),
    ...(parent !== undefined && { parent, isDefaultPartition: row.is_default }),
    ...(reads.length > 0 && { reads }),
    ...(indexOf !== undefined && { indexOf }),
  };
}

/** `numeric(10,2)`, as the server writes a type, with the length in the place where it puts it: `timestamp(3) without time zone`. */
const modsOf = (text: string): readonly number[] => /\(([\d, -]+)\)/.exec(text)?.[1]?.split(',').map(Number) ?? [];

function columnOf(row: ColumnRow): Column {
  const type: ColumnType = {
    name: row.type,
    mods: modsOf(row.text),
    isArray: row.is_array,
    ...(row.type_schema !== 'pg_catalog' && { schema: row.type_schema }),
  };
  return {
    name: row.name,
    type,
    notNull: row.not_null,
    hasDefault: row.has_default,
    isIdentity: row.identity,
    isGenerated: row.generated,
    ...(row.collation && { collation: row.collation }),
  };
}

const CONSTRAINT_KINDS: Readonly<Record<string, ConstraintKind>> = {
  c: 'check',
  f: 'foreign',
  u: 'unique',
  p: 'primary',
  x: 'exclude',
  n: 'not-null',
};

function constraintOf(row: ConstraintRow, { parse, keys }: Reading): TableConstraint {
  const [schema = '', name = ''] = keys.get(row.target ?? '')?.split('\0') ?? [];
  const expression = row.expression === null ? undefined : expressionOf(parse, row.expression);
  return {
    name: row.name,
    kind: CONSTRAINT_KINDS[row.kind] ?? 'check',
    columns: row.columns ?? [],
    isValid: row.valid,
    ...(expression && { expression }),
    ...(row.target && { references: { table: { schema, name }, columns: row.target_columns ?? [] } }),
  };
}

function expressionOf(parse: Parse, text: string): Node | undefined {
  const node = parse(`SELECT WHERE ${text}`)?.node;
  return node && 'SelectStmt' in node ? node.SelectStmt.whereClause : undefined;
}

const indexOfRow = (row: IndexRow): TableIndex => ({
  name: row.name,
  columns: row.columns.map((one) => one ?? ''),
  isUnique: row.is_unique,
  isValid: row.valid,
  isPlain: row.plain,
  reads: row.reads,
  ...(row.of_constraint && { constraint: row.of_constraint }),
});

function domainOf(parse: Parse, isConstrained: boolean, base: string | null): Domain {
  const node = base === null ? undefined : parse(`SELECT NULL::${base}`)?.node;
  const target = node && 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined;
  const value = target && 'ResTarget' in target ? target.ResTarget.val : undefined;
  const type = value && 'TypeCast' in value ? typeOf(value.TypeCast.typeName) : undefined;
  return { isConstrained, isNew: false, ...(type && { base: type }) };
}
