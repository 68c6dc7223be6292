import type { AlterTableStmt, DropStmt, Node, UpdateStmt } from 'libpg-query';
import type { Taking, TakingStatement } from '../model/loss.ts';
import type { Script } from '../model/script.ts';
import { FormerNames } from './former-names.ts';
import { nameOfList, nameOfRelation } from './object-names.ts';
import { loadParser } from './parser.ts';
import { placeOf } from './place.ts';
import { typeText } from './type-text.ts';

// INSERT and SELECT can hold a DELETE in their WITH.
const MAY_TAKE = /^(ALTER|DROP|TRUNCATE|DELETE|UPDATE|WITH|SELECT|INSERT|MERGE|SET|RESET)\b/;
// The last three change what names mean.
const WORDS = /\b(alter|drop|truncate|delete|update|search_path|schema|reset)\b/i;

/**
 * What a script's statements take away: DROP TABLE, COLUMN, ATTRIBUTE, SCHEMA, TYPE and EXTENSION CASCADE, TRUNCATE, DELETE and UPDATE without WHERE, changes of a
 * column's type. What runs inside functions and DO blocks is not seen.
 * @param names of a plan whose scripts are read one after the other, in order
 */
export async function readTakings({ file, parts }: Script, names = new FormerNames()): Promise<readonly TakingStatement[]> {
  const statements = parts.flatMap((part) => [...part.statements]).filter(({ summary }) => MAY_TAKE.test(summary));
  names.beginScript();
  const candidates = statements.filter(({ start, end }) => WORDS.test(file.text.slice(start, end)));
  if (candidates.length === 0) return [];
  const parse = await loadParser();
  return candidates.flatMap(({ start, end, summary }) => {
    const tree = parse(file.text.slice(start, end));
    if (!tree) return [];
    const takings = takingsOf(tree.node, names);
    names.see(tree.node);
    return takings.map((taking) => ({ summary, where: placeOf(file, start), taking }));
  });
}

function takingsOf(node: Node, names: FormerNames): readonly Taking[] {
  if ('DropStmt' in node) return drop(node.DropStmt, names);
  if ('AlterTableStmt' in node) return alterTable(node.AlterTableStmt, names);
  if ('TruncateStmt' in node)
    return (node.TruncateStmt.relations ?? []).flatMap((relation) =>
      'RangeVar' in relation
        ? [
            rows(
              names.relation(nameOfRelation(relation.RangeVar)),
              node.TruncateStmt.behavior === 'DROP_CASCADE' ? 'referencing' : undefined,
            ),
          ]
        : [],
    );
  if ('DropdbStmt' in node) return [{ kind: 'everything', name: `database ${node.DropdbStmt.dbname ?? ''}` }];
  if ('DropOwnedStmt' in node) return [{ kind: 'everything', name: 'everything that the named roles own' }];
  return rowStatement(node, names);
}

type Rows = Extract<Taking, { kind: 'rows' }>;

const rows = (table: Rows['table'], along?: Rows['along']): Taking => ({ kind: 'rows', table, ...(along && { along }) });

function drop({ objects, removeType, behavior }: DropStmt, names: FormerNames): readonly Taking[] {
  const isTable = removeType === 'OBJECT_TABLE';
  // Without CASCADE these are refused by the server as long as anything hangs on them.
  return isTable || behavior === 'DROP_CASCADE' ? (objects ?? []).flatMap((object) => dropped(object, removeType, names)) : [];
}

function dropped(object: Node, removeType: DropStmt['removeType'], names: FormerNames): readonly Taking[] {
  if ('String' in object && removeType === 'OBJECT_SCHEMA') return droppedSchema(object.String.sval ?? '', names);
  if ('TypeName' in object) return [{ kind: 'columns-of-type', type: names.type(nameOfList(object.TypeName.names)) }];
  if ('String' in object && removeType === 'OBJECT_EXTENSION')
    return [{ kind: 'columns-of-extension', extension: object.String.sval ?? '' }];
  return removeType === 'OBJECT_TABLE' && 'List' in object ? [rows(names.relation(nameOfList(object.List.items)))] : [];
}

const droppedSchema = (schema: string, names: FormerNames): readonly Taking[] => [
  { kind: 'schema', schema: names.schema(schema) },
  ...names.movedInto(schema).map((table) => rows(table)),
];

function alterTable({ relation, cmds, objtype }: AlterTableStmt, names: FormerNames): readonly Taking[] {
  const name = nameOfRelation(relation);
  const table = names.relation(name);
  return (cmds ?? []).flatMap((command): readonly Taking[] => {
    if (!('AlterTableCmd' in command)) return [];
    const { subtype, name: current = '', def } = command.AlterTableCmd;
    const column = names.column(name, current);
    // An attribute of a composite type goes from every column of that type.
    if (subtype === 'AT_DropColumn' && objtype === 'OBJECT_TYPE') return [{ kind: 'columns-of-type', type: names.type(name) }];
    if (subtype === 'AT_DropColumn') return [{ kind: 'values', table, column }];
    if (subtype !== 'AT_AlterColumnType' || !def || !('ColumnDef' in def)) return [];
    return [{ kind: 'type', table, column, type: typeText(def.ColumnDef, current) }];
  });
}

/** Rows that a statement changes wholesale, in itself or in its WITH. */
function rowStatement(node: Node, names: FormerNames): readonly Taking[] {
  const statement =
    ('DeleteStmt' in node && node.DeleteStmt) ||
    ('UpdateStmt' in node && node.UpdateStmt) ||
    ('InsertStmt' in node && node.InsertStmt) ||
    ('SelectStmt' in node && node.SelectStmt) ||
    undefined;
  if (!statement) return [];
  const inner = (statement.withClause?.ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery ? rowStatement(cte.CommonTableExpr.ctequery, names) : [],
  );
  if ('DeleteStmt' in node && !node.DeleteStmt.whereClause)
    return [...inner, rows(names.relation(nameOfRelation(node.DeleteStmt.relation)), 'cascading')];
  return 'UpdateStmt' in node && !node.UpdateStmt.whereClause ? [...inner, ...overwritten(node.UpdateStmt, names)] : inner;
}

function overwritten({ relation, targetList }: UpdateStmt, names: FormerNames): readonly Taking[] {
  const name = nameOfRelation(relation);
  const table = names.relation(name);
  return (targetList ?? []).flatMap((target) =>
    'ResTarget' in target && target.ResTarget.name
      ? [{ kind: 'values', table, column: names.column(name, target.ResTarget.name) } as const]
      : [],
  );
}
