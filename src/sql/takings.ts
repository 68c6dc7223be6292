import type { AlterTableStmt, DropStmt, Node, UpdateStmt } from 'libpg-query';
import type { Taking, TakingStatement } from '../model/loss.ts';
import type { Script } from '../model/script.ts';
import { nameOfList, nameOfRelation } from './object-names.ts';
import { loadParser } from './parser.ts';
import { placeOf } from './place.ts';
import { typeText } from './type-text.ts';

// INSERT and SELECT can hold a DELETE in their WITH.
const MAY_TAKE = /^(ALTER|DROP|TRUNCATE|DELETE|UPDATE|WITH|SELECT|INSERT|MERGE)\b/;

/**
 * What a script's statements take away: DROP TABLE, COLUMN, SCHEMA, TYPE CASCADE, TRUNCATE, DELETE and UPDATE without WHERE, changes of a
 * column's type. What runs inside functions and DO blocks is not seen.
 */
export async function readTakings({ file, parts }: Script): Promise<readonly TakingStatement[]> {
  const statements = parts.flatMap((part) => [...part.statements]).filter(({ summary }) => MAY_TAKE.test(summary));
  const candidates = statements.filter(({ start, end }) => /\b(alter|drop|truncate|delete|update)\b/i.test(file.text.slice(start, end)));
  if (candidates.length === 0) return [];
  const parse = await loadParser();
  return candidates.flatMap(({ start, end, summary }) => {
    const tree = parse(file.text.slice(start, end));
    return tree ? takingsOf(tree.node).map((taking) => ({ summary, where: placeOf(file, start), taking })) : [];
  });
}

function takingsOf(node: Node): readonly Taking[] {
  if ('DropStmt' in node) return drop(node.DropStmt);
  if ('AlterTableStmt' in node) return alterTable(node.AlterTableStmt);
  if ('TruncateStmt' in node)
    return (node.TruncateStmt.relations ?? []).flatMap((relation) =>
      'RangeVar' in relation ? [rows(relation, node.TruncateStmt.behavior === 'DROP_CASCADE')] : [],
    );
  if ('DropdbStmt' in node) return [{ kind: 'everything', name: `database ${node.DropdbStmt.dbname ?? ''}` }];
  if ('DropOwnedStmt' in node) return [{ kind: 'everything', name: 'everything that the named roles own' }];
  return rowStatement(node);
}

const rows = (relation: { readonly RangeVar: Parameters<typeof nameOfRelation>[0] }, isCascade: boolean): Taking => ({
  kind: 'rows',
  table: nameOfRelation(relation.RangeVar),
  isCascade,
});

function drop({ objects, removeType, behavior }: DropStmt): readonly Taking[] {
  const isTable = removeType === 'OBJECT_TABLE';
  // Without CASCADE these are refused by the server as long as anything hangs on them.
  return isTable || behavior === 'DROP_CASCADE' ? (objects ?? []).flatMap((object) => dropped(object, removeType)) : [];
}

function dropped(object: Node, removeType: DropStmt['removeType']): readonly Taking[] {
  if ('String' in object && removeType === 'OBJECT_SCHEMA') return [{ kind: 'schema', schema: object.String.sval ?? '' }];
  if ('TypeName' in object) return [{ kind: 'columns-of-type', type: nameOfList(object.TypeName.names) }];
  return removeType === 'OBJECT_TABLE' && 'List' in object
    ? [{ kind: 'rows', table: nameOfList(object.List.items), isCascade: false }]
    : [];
}

function alterTable({ relation, cmds }: AlterTableStmt): readonly Taking[] {
  const table = nameOfRelation(relation);
  return (cmds ?? []).flatMap((command): readonly Taking[] => {
    if (!('AlterTableCmd' in command)) return [];
    const { subtype, name = '', def } = command.AlterTableCmd;
    if (subtype === 'AT_DropColumn') return [{ kind: 'values', table, column: name }];
    if (subtype !== 'AT_AlterColumnType' || !def || !('ColumnDef' in def)) return [];
    return [{ kind: 'type', table, column: name, type: typeText(def.ColumnDef, name) }];
  });
}

/** Rows that a statement changes wholesale, in itself or in its WITH. */
function rowStatement(node: Node): readonly Taking[] {
  const statement =
    ('DeleteStmt' in node && node.DeleteStmt) ||
    ('UpdateStmt' in node && node.UpdateStmt) ||
    ('InsertStmt' in node && node.InsertStmt) ||
    ('SelectStmt' in node && node.SelectStmt) ||
    undefined;
  if (!statement) return [];
  const inner = (statement.withClause?.ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery ? rowStatement(cte.CommonTableExpr.ctequery) : [],
  );
  if ('DeleteStmt' in node && !node.DeleteStmt.whereClause)
    return [...inner, { kind: 'rows', table: nameOfRelation(node.DeleteStmt.relation), isCascade: false }];
  return 'UpdateStmt' in node && !node.UpdateStmt.whereClause ? [...inner, ...overwritten(node.UpdateStmt)] : inner;
}

const overwritten = ({ relation, targetList }: UpdateStmt): readonly Taking[] =>
  (targetList ?? []).flatMap((target) =>
    'ResTarget' in target && target.ResTarget.name
      ? [{ kind: 'values', table: nameOfRelation(relation), column: target.ResTarget.name } as const]
      : [],
  );
