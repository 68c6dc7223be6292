import type { DropStmt, TruncateStmt } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { nameOfList, namesOfRelations } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import { keyOf, type Relation } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'drop-still-used',
  class: 'runtime-error',
  on: ['DropStmt', 'TruncateStmt'],
  title: 'DROP or TRUNCATE of what something depends on',
  why: 'without CASCADE PostgreSQL refuses to drop what a view, a foreign key or a column needs (2BP01), and to empty a table that a foreign key refers to (0A000)',
  given: 'CREATE TABLE users (id bigint, name text);\nCREATE VIEW names AS SELECT name FROM users;',
  bad: 'DROP TABLE users;',
  good: 'DROP VIEW names;\nDROP TABLE users;',
  check: (site) => {
    if ('TruncateStmt' in site.node) return truncated(site, site.node.TruncateStmt);
    return 'DropStmt' in site.node && site.node.DropStmt.behavior !== 'DROP_CASCADE' ? dropped(site, site.node.DropStmt) : [];
  },
};

function truncated(site: Site, { relations, behavior }: TruncateStmt): readonly Hit[] {
  if (behavior === 'DROP_CASCADE') return [];
  const names = namesOfRelations(relations);
  return names.flatMap((name) => referringTo(site, name, names).map((one) => hitOf(name, one, { verb: 'refers to', code: '0A000' })));
}

function dropped(site: Site, statement: DropStmt): readonly Hit[] {
  const { removeType = '' } = statement;
  if (removeType === 'OBJECT_TYPE' || removeType === 'OBJECT_DOMAIN') return types(site, statement);
  if (!['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW'].includes(removeType)) return [];
  const names = droppedRelations(statement);
  return names.flatMap((name) => [
    ...readersOf(site, name, names).map((one) => hitOf(name, one, { verb: 'reads', code: '2BP01' })),
    ...referringTo(site, name, names).map((one) => hitOf(name, one, { verb: 'refers to', code: '2BP01' })),
  ]);
}

const types = ({ schema }: Site, { objects = [] }: DropStmt): readonly Hit[] =>
  objects.flatMap((object) => {
    const name = 'TypeName' in object ? nameOfList(object.TypeName.names) : undefined;
    if (!name || !(schema.findIn(schema.enums, name) || schema.findIn(schema.domains, name))) return [];
    return schema.usersOfType(name).map((one) => hitOf(name, one, { verb: 'has a column of', code: '2BP01' }));
  });

/** Relations that stay, of those that are known and depend on it. */
function others({ schema }: Site, together: readonly ObjectName[], depends: (one: Relation) => boolean): readonly Relation[] {
  const going = together.map((name) => schema.keyed(name));
  return [...schema.relations.values()].filter((one) => depends(one) && !going.includes(keyOf(one.schema, one.name)));
}

function readersOf(site: Site, name: ObjectName, together: readonly ObjectName[]): readonly Relation[] {
  const key = site.schema.keyed(name);
  return others(site, together, ({ reads }) => reads?.some(({ relation }) => relation === key) ?? false);
}

function referringTo(site: Site, name: ObjectName, together: readonly ObjectName[]): readonly Relation[] {
  const key = site.schema.keyed(name);
  const isMeant = (table: ObjectName): boolean => table.name === name.name && site.schema.keyed(table) === key;
  return others(site, together, ({ constraints }) => constraints.some(({ references }) => references && isMeant(references.table)));
}

const hitOf = (name: ObjectName, other: Relation, { verb, code }: { readonly verb: string; readonly code: string }): Hit => ({
  what: `${nameText(other)} ${verb} ${nameText(name)}: the statement fails with ${code}`,
  next: `what of ${nameText(other)} depends on ${nameText(name)} goes before it, by name`,
});
