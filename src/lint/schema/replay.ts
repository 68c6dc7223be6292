// What each statement makes of the schema. Unknown statements change nothing that a rule asks about.
import type { CreateFunctionStmt, DropStmt, IndexStmt, Node, ViewStmt } from 'libpg-query';
import type { ObjectName, Rename } from '../../model/effects.ts';
import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { findOption, nameOfList, nameOfRelation, namesOfRelations, wordOf } from '../../sql/effects/names.ts';
import { isAlwaysTrue } from '../../sql/effects/preserves-data.ts';
import { renamesOf } from '../../sql/effects/renames.ts';
import { column, typeOf } from './column-types.ts';
import { dropRelation, referWithNewName } from './dependents.ts';
import { replayAlterTable } from './replay-alter.ts';
import { emptyRelation, madeName, mentioned, putTable, replayCreateTable } from './replay-table.ts';
import { keyOf, type Schema, type TableIndex, type Volatility } from './schema.ts';
import { readsOf } from './view-columns.ts';

export function replay(schema: Schema, node: Node): void {
  for (const rename of renamesOf(node)) applyRename(schema, rename);
  if ('CreateStmt' in node) replayCreateTable(schema, node.CreateStmt);
  else if ('AlterTableStmt' in node) replayAlterTable(schema, node.AlterTableStmt);
  else if ('IndexStmt' in node) createIndex(schema, node.IndexStmt);
  else if ('DropStmt' in node) drop(schema, node.DropStmt);
  else if ('CreateTableAsStmt' in node) createAs(schema, node.CreateTableAsStmt.into?.rel, node.CreateTableAsStmt);
  else if ('SelectStmt' in node && node.SelectStmt.intoClause) createAs(schema, node.SelectStmt.intoClause.rel, {});
  else if ('ViewStmt' in node) createView(schema, node.ViewStmt);
  else if ('CreateSeqStmt' in node) schema.put(emptyRelation(schema, nameOfRelation(node.CreateSeqStmt.sequence), { kind: 'sequence' }));
  else if ('VariableSetStmt' in node) setTimeZone(schema, node.VariableSetStmt);
  else replayRows(schema, node);
  replayType(schema, node);
}

/** Who has no rows any more, and who has some again. */
function replayRows(schema: Schema, node: Node): void {
  const emptied =
    'TruncateStmt' in node
      ? namesOfRelations(node.TruncateStmt.relations)
      : 'DeleteStmt' in node && isAlwaysTrue(node.DeleteStmt.whereClause) && !node.DeleteStmt.usingClause
        ? [nameOfRelation(node.DeleteStmt.relation)]
        : [];
  for (const name of emptied) schema.change(name, () => ({ isEmptied: true }));
  const filled = 'InsertStmt' in node ? node.InsertStmt.relation : 'CopyStmt' in node ? node.CopyStmt.relation : undefined;
  if (filled) schema.change(nameOfRelation(filled), () => ({ isEmptied: false }));
}

function replayType(schema: Schema, node: Node): void {
  if ('CreateDomainStmt' in node) createDomain(schema, node.CreateDomainStmt);
  if ('AlterDomainStmt' in node && ['C', 'O'].includes(node.AlterDomainStmt.subtype ?? ''))
    constrainDomain(schema, nameOfList(node.AlterDomainStmt.typeName));
  if ('CreateEnumStmt' in node) schema.enums.set(keyIn(schema, nameOfList(node.CreateEnumStmt.typeName)), { isNew: schema.isPending });
  if ('CreateFunctionStmt' in node) createFunction(schema, node.CreateFunctionStmt);
}

const keyIn = (schema: Schema, name: ObjectName): string => keyOf(schema.home(name), name.name);

function createIndex(schema: Schema, statement: IndexStmt): void {
  const table = nameOfRelation(statement.relation);
  const elements = (statement.indexParams ?? []).flatMap((one) => ('IndexElem' in one ? [one.IndexElem] : []));
  const columns = elements.map(({ name, expr }) => name ?? (expr ? 'expr' : ''));
  const index: TableIndex = {
    name: statement.idxname ?? madeName(table.name, columns, 'idx'),
    columns: elements.map(({ name }) => name ?? ''),
    isUnique: statement.unique ?? false,
    isValid: statement.relation?.inh === true,
    isPlain: !statement.whereClause && elements.every(({ expr }) => !expr),
    reads: mentioned([elements.map(({ expr }) => expr), statement.whereClause]),
  };
  const relation = schema.find(table);
  if (!relation || (statement.if_not_exists && relation.indexes.some(({ name }) => name === index.name))) return;
  putTable(schema, { ...relation, indexes: [...relation.indexes, index] });
}

function drop(schema: Schema, statement: DropStmt): void {
  dropFunctions(schema, statement);
  if (statement.removeType === 'OBJECT_INDEX') for (const name of droppedRelations(statement)) dropIndex(schema, name);
  if (statement.removeType === 'OBJECT_SCHEMA') for (const object of statement.objects ?? []) dropSchema(schema, wordOf(object));
  if (['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_SEQUENCE', 'OBJECT_FOREIGN_TABLE'].includes(statement.removeType ?? ''))
    for (const name of droppedRelations(statement)) dropRelation(schema, schema.keyed(name), statement.behavior === 'DROP_CASCADE');
}

/** Others of the same name may be left: of those nothing is known then. */
function dropFunctions(schema: Schema, { removeType = 'OBJECT_TABLE', objects = [] }: DropStmt): void {
  if (!['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE'].includes(removeType)) return;
  const keys = objects.flatMap((one) => ('ObjectWithArgs' in one ? [keyIn(schema, nameOfList(one.ObjectWithArgs.objname))] : []));
  for (const map of [schema.functions, schema.functionTexts, schema.functionNodes]) for (const key of keys) map.delete(key);
}

function dropIndex(schema: Schema, name: ObjectName): void {
  const found = schema.findIndex(name);
  schema.relations.delete(schema.keyed(name));
  if (!found) return;
  const { table, index } = found;
  const key = keyOf(table.schema, table.name);
  schema.put({ ...table, indexes: table.indexes.filter((one) => one !== index) });
  schema.droppedIndexes.set(key, [...(schema.droppedIndexes.get(key) ?? []), index]);
}

function dropSchema(schema: Schema, name: string): void {
  for (const [key, relation] of schema.relations) if (relation.schema === name) dropRelation(schema, key, true);
}

function createAs(
  schema: Schema,
  into: Parameters<typeof nameOfRelation>[0],
  { objtype, if_not_exists, query }: { readonly objtype?: string; readonly if_not_exists?: boolean; readonly query?: Node },
): void {
  const name = nameOfRelation(into);
  if (if_not_exists && schema.find(name)) return;
  const kind = objtype === 'OBJECT_MATVIEW' ? 'matview' : 'table';
  const reads = kind === 'matview' ? { reads: readsOf(schema, query) } : {};
  schema.put(emptyRelation(schema, name, { kind, isWhole: false, isTemporary: into?.relpersistence === 't', ...reads }));
}

function createView(schema: Schema, { view, query, aliases = [] }: ViewStmt): void {
  const name = nameOfRelation(view);
  const names = aliases.length > 0 ? aliases.map(wordOf) : columnsOfQuery(query);
  const columns = new Map((names ?? []).map((one) => [one, column(one)]));
  const known = schema.find(name);
  schema.put(
    emptyRelation(schema, name, {
      kind: 'view',
      columns,
      isWhole: names !== undefined,
      isNew: known?.isNew ?? schema.isPending,
      reads: readsOf(schema, query),
    }),
  );
}

/** Names of what a query gives, where each has one in the text. */
export function columnsOfQuery(query: Node | undefined): readonly string[] | undefined {
  if (!query || !('SelectStmt' in query)) return undefined;
  const first = query.SelectStmt.larg ? undefined : query.SelectStmt.targetList;
  const names = first?.map((target) => {
    if (!('ResTarget' in target)) return undefined;
    const { name, val } = target.ResTarget;
    if (name) return name;
    const last = val && 'ColumnRef' in val ? val.ColumnRef.fields?.at(-1) : undefined;
    return last && 'String' in last ? last.String.sval : undefined;
  });
  return names?.every((one) => one !== undefined) ? (names as readonly string[]) : undefined;
}

function createDomain(
  schema: Schema,
  { domainname, typeName, constraints = [] }: Extract<Node, { CreateDomainStmt: unknown }>['CreateDomainStmt'],
): void {
  const base = typeOf(typeName);
  const isConstrained = constraints.some(
    (one) => 'Constraint' in one && ['CONSTR_CHECK', 'CONSTR_NOTNULL'].includes(one.Constraint.contype ?? ''),
  );
  schema.domains.set(keyIn(schema, nameOfList(domainname)), { isConstrained, isNew: schema.isPending, ...(base && { base }) });
}

function constrainDomain(schema: Schema, name: ObjectName): void {
  const domain = schema.findIn(schema.domains, name);
  if (domain) schema.domains.set(keyIn(schema, name), { ...domain, isConstrained: true });
}

function createFunction(schema: Schema, { funcname, options }: CreateFunctionStmt): void {
  const said = wordOf(findOption(options, 'volatility')?.arg);
  const name = nameOfList(funcname);
  schema.functions.set(keyIn(schema, name), (said || 'volatile') as Volatility);
}

function setTimeZone(schema: Schema, { name, args }: { readonly name?: string; readonly args?: readonly Node[] }): void {
  if (name?.toLowerCase() === 'timezone') schema.timeZone = wordOf(args?.[0]);
}

function applyRename(schema: Schema, rename: Rename): void {
  if (rename.kind === 'search-path') schema.path = rename.path ?? ['public'];
  if (rename.kind === 'relation') renameRelation(schema, rename.name, rename.to);
  if (rename.kind === 'column') renameColumn(schema, rename.table, rename);
  if (rename.kind === 'schema') renameSchema(schema, rename);
}

function renameRelation(schema: Schema, name: ObjectName, to: Partial<ObjectName>): void {
  const found = schema.find(name);
  if (!found) return;
  schema.relations.delete(keyOf(found.schema, found.name));
  const moved = { ...found, schema: to.schema ?? found.schema, name: to.name ?? found.name };
  if (found.kind === 'index') schema.put(moved);
  else putTable(schema, moved);
  // It may refer to itself.
  referWithNewName(schema, found, moved);
  const table = schema.relations.get(found.indexOf ?? '');
  if (table) schema.put({ ...table, indexes: table.indexes.map((one) => (one.name === found.name ? { ...one, name: moved.name } : one)) });
}

function renameColumn(schema: Schema, table: ObjectName, { from, to }: { readonly from: string; readonly to: string }): void {
  const swap = (names: readonly string[]): readonly string[] => names.map((name) => (name === from ? to : name));
  schema.change(table, ({ columns, constraints, indexes }) => ({
    columns: new Map([...columns].map(([name, one]) => (name === from ? [to, { ...one, name: to }] : [name, one]))),
    constraints: constraints.map((one) => ({ ...one, columns: swap(one.columns) })),
    indexes: indexes.map((one) => ({ ...one, columns: swap(one.columns), ...(one.reads && { reads: swap(one.reads) }) })),
  }));
}

function renameSchema(schema: Schema, { from, to }: { readonly from: string; readonly to: string }): void {
  const moved = [...schema.relations.values()].filter((one) => one.schema === from);
  for (const relation of moved) {
    schema.relations.delete(keyOf(from, relation.name));
    schema.put({ ...relation, schema: to, ...(relation.indexOf && { indexOf: relation.indexOf.replace(`${from}\0`, `${to}\0`) }) });
  }
  for (const { name } of moved) referWithNewName(schema, { schema: from, name }, { schema: to, name });
}
