// Which relations a statement changes, as far as its text tells. What a function or a DO block does cannot be seen: it is opaque.
import type { DropStmt, Node } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import { nameOfList, RELATION_KINDS, wordOf } from './names.ts';
import { preservesData } from './preserves-data.ts';

const distinct = (names: readonly ObjectName[]): readonly ObjectName[] => [
  ...new Map(names.map((name) => [`${name.schema ?? ''}\0${name.name}`, name])).values(),
];

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Calls `see` for the object and everything in it, and does not go below where it returns true. */
function walk(value: unknown, see: (key: string, object: Json) => boolean, key = ''): void {
  if (Array.isArray(value)) for (const one of value) walk(one, see, key);
  else if (isObject(value) && !see(key, value)) for (const [name, inner] of Object.entries(value)) walk(inner, see, name);
}

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
  walk(node, (key, object) => {
    const target = DATA_CHANGES.includes(key) ? object['relation'] : key === 'intoClause' ? object['rel'] : undefined;
    if (isObject(target)) found.push(relationName(target));
    return false;
  });
  return found;
}

/** The relations that a query reads or changes, views and what a WITH names included. */
export const relationsIn = (query: Node | undefined): readonly ObjectName[] => distinct(namesIn(query));

function namesIn(node: Node | undefined, left: ReadonlySet<string> = new Set()): readonly ObjectName[] {
  const found: ObjectName[] = [];
  walk(node, (key, object) => {
    if (left.has(key)) return true;
    if (typeof object['relname'] === 'string') found.push(relationName(object));
    return false;
  });
  return found;
}

const relationName = ({ schemaname, relname }: Json): ObjectName =>
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
  walk(node, (key, object) => {
    if (key !== 'FuncCall') return false;
    const words = (object['funcname'] as readonly Node[]).map(wordOf);
    isUnknown ||= words[0] !== 'pg_catalog' && !HARMLESS_CALLS.has(words.at(-1) ?? '');
    return false;
  });
  return isUnknown;
}
