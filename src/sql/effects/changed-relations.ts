// Which relations a statement changes, as far as its text tells. What a function or a DO block does cannot be seen: it is opaque.
import type { DropStmt, Node } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import { nameOfList, RELATION_KINDS, wordOf } from './names.ts';
import { preservesData } from './preserves-data.ts';
import { isTreeObject, type TreeObject, walkTree } from './walk-tree.ts';

const distinct = (names: readonly ObjectName[]): readonly ObjectName[] => [
  ...new Map(names.map((name) => [`${name.schema ?? ''}\0${name.name}`, name])).values(),
];

const DATA_CHANGES = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];
/** Statements of which every relation is changed, locked or made, except what a query in them reads. */
const READING = new Set(['SelectStmt', 'fromClause', 'sourceRelation', 'usingClause', 'inhRelations', 'pktable']);

export function changedRelations(node: Node): readonly ObjectName[] {
  if ('DropStmt' in node) return droppedRelations(node.DropStmt);
  const [kind = ''] = Object.keys(node);
  const isQuery = kind === 'SelectStmt' || DATA_CHANGES.includes(kind);
  return distinct(isQuery ? changedByQuery(node) : [...namesIn(node, READING), ...changedByQuery(node)]);
}

/** Targets of INSERT, UPDATE, DELETE and MERGE, in a WITH as well, and of SELECT INTO. */
function changedByQuery(node: Node): readonly ObjectName[] {
  const found: ObjectName[] = [];
  walkTree(node, (key, object) => {
    const target = DATA_CHANGES.includes(key) ? object['relation'] : key === 'intoClause' ? object['rel'] : undefined;
    if (isTreeObject(target)) found.push(relationName(target));
    return false;
  });
  return found;
}

/** The relations that a query reads or changes, views and what a WITH names included. */
export const relationsIn = (query: Node | undefined): readonly ObjectName[] => distinct(namesIn(query));

function namesIn(node: Node | undefined, left: ReadonlySet<string> = new Set()): readonly ObjectName[] {
  const found: ObjectName[] = [];
  walkTree(node, (key, object) => {
    if (left.has(key)) return true;
    if (typeof object['relname'] === 'string') found.push(relationName(object));
    return false;
  });
  return found;
}

const relationName = ({ schemaname, relname }: TreeObject): ObjectName =>
  typeof schemaname === 'string' ? { schema: schemaname, name: String(relname) } : { name: String(relname) };

/** Parts of a table, named behind it: `table, trigger`. */
const PARTS_OF_TABLES = ['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY'];

export function droppedRelations({
  objects = [],
  removeType = '',
}: Pick<DropStmt, 'objects'> & { readonly removeType?: string }): readonly ObjectName[] {
  const isPart = PARTS_OF_TABLES.includes(removeType);
  if (!isPart && !RELATION_KINDS.includes(removeType)) return [];
  return objects.flatMap((object) => ('List' in object ? [nameOfList(isPart ? object.List.items?.slice(0, -1) : object.List.items)] : []));
}

export function droppedSchemas(node: Node): readonly string[] {
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_SCHEMA') return [];
  return (node.DropStmt.objects ?? []).map(wordOf);
}

const OPAQUE = ['DoStmt', 'CallStmt', 'ExecuteStmt', 'DropOwnedStmt'];
/** What their CASCADE takes along is not in the text. */
const SEEN_DROPS = [...RELATION_KINDS, ...PARTS_OF_TABLES, 'OBJECT_SCHEMA'];
const HARMLESS_CALLS = new Set(['now', 'count', 'set_config', 'current_setting', 'setval', 'nextval', 'currval', 'max', 'min', 'coalesce']);

export function isOpaque(node: Node): boolean {
  const [kind = ''] = Object.keys(node);
  if (OPAQUE.includes(kind)) return true;
  if ('DropStmt' in node) return node.DropStmt.behavior === 'DROP_CASCADE' && !SEEN_DROPS.includes(node.DropStmt.removeType ?? '');
  // A composite type loses an attribute in every table that uses it.
  if ('AlterTableStmt' in node && node.AlterTableStmt.objtype === 'OBJECT_TYPE') return !preservesData(node);
  return 'SelectStmt' in node && callsUnknown(node);
}

/** `SELECT archive_everything()`: a function of one's own may do anything. */
function callsUnknown(node: Node): boolean {
  let isUnknown = false;
  walkTree(node, (key, object) => {
    if (key !== 'FuncCall') return false;
    const words = (object['funcname'] as readonly Node[]).map(wordOf);
    isUnknown ||= words[0] !== 'pg_catalog' && !HARMLESS_CALLS.has(words.at(-1) ?? '');
    return false;
  });
  return isUnknown;
}
