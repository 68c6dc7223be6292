import type { AlterTableStmt, CreateStmt, Node } from 'libpg-query';
import type { Link, ObjectName } from '../../model/effects.ts';
import { relationsIn } from './changed-relations.ts';
import { commandsOf, foreignKeysIn, nameOfRelation, namesOfRelations } from './names.ts';

/** The ways that a statement makes, by which what happens to one relation will happen to another. */
export function linksOf(node: Node): readonly Link[] {
  if ('ViewStmt' in node) return viewLinks(nameOfRelation(node.ViewStmt.view), node.ViewStmt.query);
  if ('RuleStmt' in node) return viewLinks(nameOfRelation(node.RuleStmt.relation), { List: { items: node.RuleStmt.actions ?? [] } });
  if ('CreateStmt' in node) return tableLinks(node.CreateStmt);
  return 'AlterTableStmt' in node ? alterationLinks(node.AlterTableStmt) : [];
}

const viewLinks = (from: ObjectName, query: Node | undefined): readonly Link[] =>
  relationsIn(query).map((to) => ({ kind: 'view', from, to }));

function tableLinks({ relation, inhRelations, tableElts, constraints }: CreateStmt): readonly Link[] {
  const to = nameOfRelation(relation);
  return [
    ...namesOfRelations(inhRelations).map((from): Link => ({ kind: 'child', from, to })),
    ...[...(tableElts ?? []), ...(constraints ?? [])].flatMap((one) => referenceLinks(to, one)),
  ];
}

function alterationLinks(statement: AlterTableStmt): readonly Link[] {
  const table = nameOfRelation(statement.relation);
  return commandsOf(statement).flatMap(({ subtype, def }): readonly Link[] => {
    if (!def) return [];
    if (subtype === 'AT_AttachPartition' && 'PartitionCmd' in def)
      return [{ kind: 'child', from: table, to: nameOfRelation(def.PartitionCmd.name) }];
    if (subtype === 'AT_AddInherit' && 'RangeVar' in def) return [{ kind: 'child', from: nameOfRelation(def.RangeVar), to: table }];
    return referenceLinks(table, def);
  });
}

const referenceLinks = (to: ObjectName, definition: Node): readonly Link[] =>
  foreignKeysIn(definition).map(({ fk_del_action: action = 'a', pktable }) => ({
    kind: 'cnd'.includes(action) ? 'cascade' : 'reference',
    from: nameOfRelation(pktable),
    to,
  }));
