import type { AlterTableStmt, ColumnDef, DropStmt, Node, SelectStmt, UpdateStmt } from 'libpg-query';
import type { Droppable, Taking, TakingStatement } from '../../model/loss.ts';
import type { ObjectName, Script } from '../../model/script.ts';
import { loadParser } from '../parser.ts';
import { placeOf } from '../text/code-frame.ts';
import { meansAll } from './keeps-rows.ts';
import { nameOfList, nameOfRelation, typePath, wordOf } from './names.ts';
import { FormerNames } from './renames.ts';

// INSERT, SELECT, MERGE, CREATE TABLE AS and COPY can hold a DELETE in their WITH.
const MAY_TAKE = /^(ALTER|DROP|TRUNCATE|DELETE|UPDATE|WITH|SELECT|INSERT|MERGE|SET|RESET|CREATE|COPY)\b/;
// The last four change what names mean.
const WORDS = /\b(alter|drop|truncate|delete|update|search_path|schema|reset|enum)\b/i;

/**
 * What a script's statements take away: DROP TABLE, VIEW, COLUMN, ATTRIBUTE, SCHEMA, TYPE, COLLATION and EXTENSION CASCADE, TRUNCATE, DELETE and UPDATE without WHERE, changes of a
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

function drop({ objects, removeType = 'OBJECT_TABLE', behavior }: DropStmt, names: FormerNames): readonly Taking[] {
  const what = DROPPABLE[removeType];
  if (!what) return [];
  if (behavior === 'DROP_CASCADE') return (objects ?? []).flatMap((object) => dropped(object, what, names));
  // Without CASCADE the others are refused by the server as long as anything hangs on them.
  return what === 'table' ? (objects ?? []).map((object) => rows(names.relation(nameOfObject(object)))) : [];
}

function dropped(object: Node, what: Droppable, names: FormerNames): readonly Taking[] {
  const name = nameOfObject(object);
  const taking = (its: Extract<Taking, { kind: 'dropped' }>['name']): Taking => ({ kind: 'dropped', what, name: its });
  if (what === 'table' || what === 'view') return [taking(names.relation(name))];
  if (what === 'type') return [taking(names.type(name))];
  if (what !== 'schema') return [taking([name])];
  return [taking([{ name: names.schema(name.name) }]), ...names.movedInto(name.name).map((table) => rows(table))];
}

function nameOfObject(object: Node): ObjectName {
  if ('List' in object) return nameOfList(object.List.items);
  return 'TypeName' in object ? nameOfList(object.TypeName.names) : { name: wordOf(object) };
}

function alterTable({ relation, cmds, objtype }: AlterTableStmt, names: FormerNames): readonly Taking[] {
  const name = nameOfRelation(relation);
  const table = names.relation(name);
  return (cmds ?? []).flatMap((command): readonly Taking[] => {
    if (!('AlterTableCmd' in command)) return [];
    const { subtype, name: current = '', def, behavior } = command.AlterTableCmd;
    const column = names.column(name, current);
    // An attribute of a composite type goes from every column of that type.
    if (subtype === 'AT_DropColumn' && objtype === 'OBJECT_TYPE') return [{ kind: 'columns-of-type', type: names.type(name) }];
    if (subtype === 'AT_DropColumn')
      return [
        { kind: 'values', table, column },
        // A table is a type as well, which other tables may have a column of.
        { kind: 'columns-of-type', type: table },
        ...(behavior === 'DROP_CASCADE' ? [{ kind: 'hanging', table, column } as const] : []),
      ];
    if (subtype !== 'AT_AlterColumnType' || !def || !('ColumnDef' in def)) return [];
    const path = typePath(def.ColumnDef, current);
    return isSpelledOut(path, def.ColumnDef, names) ? [] : [{ kind: 'type', table, column, path }];
  });
}

/** As text into a type that the plan itself makes, as one makes an enum anew: a value is taken as it reads, or the statement fails. */
function isSpelledOut(path: readonly string[] | undefined, { typeName }: ColumnDef, names: FormerNames): boolean {
  return path?.at(-2) === '"text"' && names.type(nameOfList(typeName?.names)).length === 0;
}

/** Rows that a statement changes wholesale, in itself or in its WITH. */
function rowStatement(node: Node, names: FormerNames): readonly Taking[] {
  const query = ('CreateTableAsStmt' in node && node.CreateTableAsStmt.query) || ('CopyStmt' in node && node.CopyStmt.query);
  if (query) return rowStatement(query, names);
  const inner = (withClauseOf(node)?.ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery ? rowStatement(cte.CommonTableExpr.ctequery, names) : [],
  );
  if ('DeleteStmt' in node && meansAll(node.DeleteStmt.whereClause))
    return [...inner, rows(names.relation(nameOfRelation(node.DeleteStmt.relation)), 'cascading')];
  return 'UpdateStmt' in node && meansAll(node.UpdateStmt.whereClause) ? [...inner, ...overwritten(node.UpdateStmt, names)] : inner;
}

function withClauseOf(node: Node): SelectStmt['withClause'] {
  if ('DeleteStmt' in node) return node.DeleteStmt.withClause;
  if ('UpdateStmt' in node) return node.UpdateStmt.withClause;
  if ('InsertStmt' in node) return node.InsertStmt.withClause;
  if ('MergeStmt' in node) return node.MergeStmt.withClause;
  return 'SelectStmt' in node ? node.SelectStmt.withClause : undefined;
}

function overwritten({ relation, targetList }: UpdateStmt, names: FormerNames): readonly Taking[] {
  const name = nameOfRelation(relation);
  const table = names.relation(name);
  return (targetList ?? []).flatMap((target): readonly Taking[] => {
    if (!('ResTarget' in target) || !target.ResTarget.name) return [];
    const column = names.column(name, target.ResTarget.name);
    return [
      { kind: 'values', table, column },
      { kind: 'unset', table, column },
    ];
  });
}
