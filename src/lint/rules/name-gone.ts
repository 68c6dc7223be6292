import type { DropStmt, Node } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import { nameOfList, nameOfRelation } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Rule, Site } from '../rule/rule.ts';

const ROUTINES = ['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE', 'OBJECT_AGGREGATE'];
const TYPES = ['OBJECT_TYPE', 'OBJECT_DOMAIN'];

export const rule: Rule = {
  id: 'name-gone',
  class: 'compat',
  on: ['DropStmt', 'RenameStmt', 'AlterObjectSchemaStmt'],
  title: 'A view or function that is dropped, or a function or type that gets another name',
  why: 'code that runs now, and that is rolled out or back meanwhile, says the old name and fails with 42P01, 42883 or 42704',
  given: 'CREATE TABLE users (id bigint, name text);\nCREATE VIEW people AS SELECT id, name FROM users;',
  bad: 'DROP VIEW people;',
  good: 'DROP VIEW people;\nCREATE VIEW people AS SELECT id, name, lower(name) AS lower FROM users;',
  check: (site) => {
    const names = (site.isAfterDeploy ? [] : goneBy(site)).filter((name) => !isMadeAgain(site, name)).map(nameText);
    const shown = names.length > MOST ? `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more` : names.join(', ');
    if (names.length === 0) return [];
    return [
      {
        what: `Code that says ${shown} fails from then on`,
        next: '-- Phase: after-deploy   in the header: it waits until no code says so any more; where none does: -- lint-allow name-gone: why',
      },
    ];
  },
};

const MOST = 10;

function goneBy(site: Site): readonly ObjectName[] {
  const { node, schema } = site;
  if ('DropStmt' in node) return droppedBy(site, node.DropStmt);
  const named = 'RenameStmt' in node ? node.RenameStmt : 'AlterObjectSchemaStmt' in node ? node.AlterObjectSchemaStmt : undefined;
  const kind = named && ('renameType' in named ? named.renameType : 'objectType' in named ? named.objectType : undefined);
  const name = named?.object && nameOfObject(named.object);
  if (!name || ![...ROUTINES, ...TYPES].includes(kind ?? '')) return [];
  return schema.findIn(schema.enums, name)?.isNew ||
    schema.findIn(schema.domains, name)?.isNew ||
    isNewFunction(site, name) ||
    isMadeBefore(site, name) ||
    isOfTrigger(site, name)
    ? []
    : [name];
}

function droppedBy(site: Site, { removeType: kind, objects = [], missing_ok, behavior }: DropStmt): readonly ObjectName[] {
  const { schema } = site;
  const names = objects.map(nameOfObject);
  const isThere = (found: unknown): boolean => found !== undefined || (schema.source === 'files' && !missing_ok);
  const removeType = kind ?? '';
  if (removeType === 'OBJECT_VIEW')
    return names.filter((name) => {
      const found = schema.find(name);
      return isThere(found) && !found?.isNew && !found?.isTemporary;
    });
  // What CASCADE takes along is another rule's; a trigger's function nobody calls.
  if (!ROUTINES.includes(removeType) || behavior === 'DROP_CASCADE') return [];
  return names.filter((name) => isThere(schema.findIn(schema.functions, name)) && !isMadeBefore(site, name) && !isOfTrigger(site, name));
}

const isOfTrigger = ({ schema, before }: Site, name: ObjectName): boolean => {
  const text = schema.findIn(schema.functionTexts, name);
  const dropsTrigger = (node: Node): boolean =>
    'DropStmt' in node && ['OBJECT_TRIGGER', 'OBJECT_EVENT_TRIGGER', 'OBJECT_TABLE'].includes(node.DropStmt.removeType ?? '');
  return text === undefined ? before.some(dropsTrigger) : /\bRETURNS\s+(?:event_)?trigger\b/i.test(text);
};

function nameOfObject(object: Node): ObjectName {
  if ('ObjectWithArgs' in object) return nameOfList(object.ObjectWithArgs.objname);
  if ('TypeName' in object) return nameOfList(object.TypeName.names);
  return nameOfList('List' in object ? object.List.items : undefined);
}

function madeBy(node: Node): ObjectName | undefined {
  if ('ViewStmt' in node) return nameOfRelation(node.ViewStmt.view);
  if ('CreateFunctionStmt' in node) return nameOfList(node.CreateFunctionStmt.funcname);
  if ('DefineStmt' in node) return nameOfList(node.DefineStmt.defnames);
  if ('CreateEnumStmt' in node) return nameOfList(node.CreateEnumStmt.typeName);
  if ('CreateDomainStmt' in node) return nameOfList(node.CreateDomainStmt.domainname);
  if ('CompositeTypeStmt' in node) return nameOfRelation(node.CompositeTypeStmt.typevar);
  if ('CreateTableAsStmt' in node) return nameOfRelation(node.CreateTableAsStmt.into?.rel);
  if ('CreateStmt' in node) return nameOfRelation(node.CreateStmt.relation);
  return 'RenameStmt' in node ? { name: node.RenameStmt.newname ?? '' } : undefined;
}

const isNewFunction = ({ schema }: Site, name: ObjectName): boolean => schema.findIn(schema.functionNodes, name)?.isNew === true;

const isMadeBefore = ({ before }: Site, name: ObjectName): boolean => before.some((node) => madeBy(node)?.name === name.name);

/** In the same transaction, or by what the same run applies behind it. */
const isMadeAgain = ({ after, later }: Site, { name }: ObjectName): boolean =>
  after.some((node) => madeBy(node)?.name === name) ||
  later.some((text) =>
    new RegExp(`\\bCREATE\\b[^;(]*?\\b(?:VIEW|FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN)\\s[^;(]*?\\b${escaped(name)}\\b`, 'i').test(text),
  );

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
