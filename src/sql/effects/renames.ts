import type { Node, RenameStmt, SelectStmt, VariableSetStmt } from 'libpg-query';
import type { Rename } from '../../model/effects.ts';
import { nameOfList, nameOfRelation, RELATION_KINDS, wordOf } from './names.ts';

/** What a statement gives another name, or makes names mean, for the statements after it. */
export function renamesOf(node: Node): readonly Rename[] {
  if ('VariableSetStmt' in node) return settingOf(node.VariableSetStmt);
  if ('SelectStmt' in node) return setConfigOf(node.SelectStmt);
  if ('RenameStmt' in node) return renameOf(node.RenameStmt);
  if ('CreateEnumStmt' in node) return [{ kind: 'made-type', name: nameOfList(node.CreateEnumStmt.typeName) }];
  if (!('AlterObjectSchemaStmt' in node)) return [];
  const { relation, objectType, object, newschema: schema = '' } = node.AlterObjectSchemaStmt;
  if (relation) return [{ kind: 'relation', name: nameOfRelation(relation), to: { schema } }];
  const isType = objectType === 'OBJECT_TYPE' && object && 'List' in object;
  return isType ? [{ kind: 'type', name: nameOfList(object.List.items), to: { schema } }] : [];
}

function renameOf({ renameType, relation, subname: from = '', newname: to = '', object }: RenameStmt): readonly Rename[] {
  if (renameType === 'OBJECT_SCHEMA') return [{ kind: 'schema', from, to }];
  if (renameType === 'OBJECT_COLUMN' && relation) return [{ kind: 'column', table: nameOfRelation(relation), from, to }];
  // Triggers, rules, policies, constraints and attributes name a relation too, which keeps its name.
  if (relation && RELATION_KINDS.includes(renameType ?? ''))
    return [{ kind: 'relation', name: nameOfRelation(relation), to: { name: to } }];
  const isType = object && 'List' in object && (renameType === 'OBJECT_TYPE' || renameType === 'OBJECT_DOMAIN');
  return isType ? [{ kind: 'type', name: nameOfList(object.List.items), to: { name: to } }] : [];
}

function settingOf({ kind, name, args }: VariableSetStmt): readonly Rename[] {
  if (kind === 'VAR_RESET_ALL' || (name === 'search_path' && kind !== 'VAR_SET_VALUE')) return [{ kind: 'search-path', path: undefined }];
  return name === 'search_path' ? [pathOf((args ?? []).map(wordOf))] : [];
}

/** `SELECT set_config('search_path', 'a, b', false)`, as pg_dump writes it. */
function setConfigOf({ targetList }: SelectStmt): readonly Rename[] {
  return (targetList ?? []).flatMap((target) => {
    const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (!value || !('FuncCall' in value) || wordOf(value.FuncCall.funcname?.at(-1)) !== 'set_config') return [];
    const [name, path = ''] = (value.FuncCall.args ?? []).map(wordOf);
    return name === 'search_path' ? [pathOf(path.split(',').map((word) => word.trim().replaceAll('"', '')))] : [];
  });
}

// "$user" means another schema for each role; a name that only it explains stays as it is.
function pathOf(schemas: readonly string[]): Rename {
  const named = schemas.filter((schema) => schema !== '' && schema !== '$user');
  return { kind: 'search-path', path: named.length > 0 ? named : undefined };
}
