import type { AlterTableStmt, DropStmt, Node, TruncateStmt, UpdateStmt, WithClause } from 'libpg-query';
import type { DataLoss, Droppable, ObjectName } from '../../model/effects.ts';
import { commandsOf, nameOfList, nameOfRelation, namesOfRelations, typePath, wordOf } from './names.ts';
import { isAlwaysTrue } from './preserves-data.ts';

/**
 * What a statement takes away: DROP TABLE, VIEW, COLUMN, ATTRIBUTE, SCHEMA, TYPE, COLLATION and EXTENSION CASCADE, TRUNCATE, DELETE and
 * UPDATE without WHERE, changes of a column's type. What runs inside functions and DO blocks is not seen.
 */
export function dataLossesOf(node: Node): readonly DataLoss[] {
  if ('DropStmt' in node) return drop(node.DropStmt);
  if ('AlterTableStmt' in node) return alterTable(node.AlterTableStmt);
  if ('TruncateStmt' in node) return truncate(node.TruncateStmt);
  if ('DropdbStmt' in node) return [{ kind: 'everything', name: `database ${node.DropdbStmt.dbname ?? ''}` }];
  if ('DropOwnedStmt' in node) return [{ kind: 'everything', name: 'everything that the named roles own' }];
  return rowStatement(node);
}

type Rows = Extract<DataLoss, { kind: 'rows' }>;

const rows = (table: Rows['table'], along?: Rows['along']): DataLoss => ({ kind: 'rows', table, ...(along && { along }) });

const truncate = ({ relations, behavior }: TruncateStmt): readonly DataLoss[] =>
  namesOfRelations(relations).map((name) => rows(name, behavior === 'DROP_CASCADE' ? 'referencing' : undefined));

const DROPPABLE: Readonly<Record<string, Droppable>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'view',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'type',
  OBJECT_COLLATION: 'collation',
  OBJECT_SCHEMA: 'schema',
  OBJECT_EXTENSION: 'extension',
};

function drop({ objects, removeType = 'OBJECT_TABLE', behavior }: DropStmt): readonly DataLoss[] {
  const what = DROPPABLE[removeType];
  if (!what) return [];
  const names = (objects ?? []).map(nameOfObject);
  if (behavior === 'DROP_CASCADE') return names.map((name) => ({ kind: 'dropped', what, name }));
  // Without CASCADE the others are refused by the server as long as anything depends on them.
  return what === 'table' ? names.map((name) => rows(name)) : [];
}

function nameOfObject(object: Node): ObjectName {
  if ('List' in object) return nameOfList(object.List.items);
  return 'TypeName' in object ? nameOfList(object.TypeName.names) : { name: wordOf(object) };
}

function alterTable(statement: AlterTableStmt): readonly DataLoss[] {
  const table = nameOfRelation(statement.relation);
  return commandsOf(statement).flatMap(({ subtype, name: column = '', def, behavior }): readonly DataLoss[] => {
    // An attribute of a composite type is lost in every column of that type.
    if (subtype === 'AT_DropColumn' && statement.objtype === 'OBJECT_TYPE')
      return [{ kind: 'columns-of-type', type: table, isTable: false }];
    if (subtype === 'AT_DropColumn')
      return [
        { kind: 'values', table, column },
        // A table is a type as well, which other tables may have a column of.
        { kind: 'columns-of-type', type: table, isTable: true },
        ...(behavior === 'DROP_CASCADE' ? [{ kind: 'hanging', table, column } as const] : []),
      ];
    if (subtype !== 'AT_AlterColumnType' || !def || !('ColumnDef' in def)) return [];
    return [{ kind: 'type', table, column, path: typePath(def.ColumnDef, column), made: nameOfList(def.ColumnDef.typeName?.names) }];
  });
}

/** Rows that a statement changes wholesale, in itself or in its WITH. */
function rowStatement(node: Node): readonly DataLoss[] {
  const query = ('CreateTableAsStmt' in node && node.CreateTableAsStmt.query) || ('CopyStmt' in node && node.CopyStmt.query);
  if (query) return rowStatement(query);
  const inner = queriesInWith(node).flatMap(rowStatement);
  if ('DeleteStmt' in node && isAlwaysTrue(node.DeleteStmt.whereClause))
    return [...inner, rows(nameOfRelation(node.DeleteStmt.relation), 'cascading')];
  return 'UpdateStmt' in node && isAlwaysTrue(node.UpdateStmt.whereClause) ? [...inner, ...overwritten(node.UpdateStmt)] : inner;
}

function queriesInWith(node: Node): readonly Node[] {
  const [statement] = Object.values(node) as readonly { readonly withClause?: WithClause }[];
  return (statement?.withClause?.ctes ?? []).flatMap((cte) => ('CommonTableExpr' in cte && cte.CommonTableExpr.ctequery) || []);
}

function overwritten({ relation, targetList }: UpdateStmt): readonly DataLoss[] {
  const table = nameOfRelation(relation);
  return (targetList ?? []).flatMap((target): readonly DataLoss[] => {
    if (!('ResTarget' in target) || !target.ResTarget.name) return [];
    const column = target.ResTarget.name;
    return [
      { kind: 'values', table, column },
      { kind: 'unset', table, column },
    ];
  });
}

/** Tables some of whose rows a statement deletes by its own words: DELETE … WHERE, and MERGE … THEN DELETE. */
export function deletesOf(node: Node): readonly ObjectName[] {
  const inner = queriesInWith(node).flatMap(deletesOf);
  if ('DeleteStmt' in node && !isAlwaysTrue(node.DeleteStmt.whereClause)) return [...inner, nameOfRelation(node.DeleteStmt.relation)];
  return 'MergeStmt' in node ? [...inner, nameOfRelation(node.MergeStmt.relation)] : inner;
}
