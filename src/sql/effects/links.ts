import type { AlterTableStmt, CreateStmt, Node } from 'libpg-query';
import type { Link, ObjectName } from '../../model/effects.ts';
import { relationsReadBy } from './changed-relations.ts';
import { nameOfRelation } from './names.ts';

/** The ways that a statement makes, by which what happens to one relation will happen to another. */
export function linksOf(node: Node): readonly Link[] {
  if ('ViewStmt' in node) return viewLinks(nameOfRelation(node.ViewStmt.view), node.ViewStmt.query);
  if ('RuleStmt' in node) return viewLinks(nameOfRelation(node.RuleStmt.relation), { List: { items: node.RuleStmt.actions ?? [] } });
  if ('CreateStmt' in node) return tableLinks(node.CreateStmt);
  return 'AlterTableStmt' in node ? alterationLinks(node.AlterTableStmt) : [];
}

const viewLinks = (from: ObjectName, query: Node | undefined): readonly Link[] =>
  relationsReadBy(query).map((to) => ({ kind: 'view', from, to }));

function tableLinks({ relation, inhRelations, tableElts, constraints }: CreateStmt): readonly Link[] {
  const to = nameOfRelation(relation);
  const parents = (inhRelations ?? []).flatMap((parent) => ('RangeVar' in parent ? [nameOfRelation(parent.RangeVar)] : []));
  return [
    ...parents.map((from): Link => ({ kind: 'child', from, to })),
    ...[...(tableElts ?? []), ...(constraints ?? [])].flatMap((one) => referenceLinks(to, one)),
  ];
}

function alterationLinks({ relation, cmds }: AlterTableStmt): readonly Link[] {
  const table = nameOfRelation(relation);
  return (cmds ?? []).flatMap((command): readonly Link[] => {
    const { subtype, def } = 'AlterTableCmd' in command ? command.AlterTableCmd : {};
    if (!def) return [];
    if (subtype === 'AT_AttachPartition' && 'PartitionCmd' in def)
      return [{ kind: 'child', from: table, to: nameOfRelation(def.PartitionCmd.name) }];
    if (subtype === 'AT_AddInherit' && 'RangeVar' in def) return [{ kind: 'child', from: nameOfRelation(def.RangeVar), to: table }];
    return referenceLinks(table, def);
  });
}

/** A foreign key, whether it stands with a column or by itself. */
function referenceLinks(to: ObjectName, definition: Node): readonly Link[] {
  if ('Constraint' in definition && definition.Constraint.contype === 'CONSTR_FOREIGN')
    return [
      {
        kind: 'cnd'.includes(definition.Constraint.fk_del_action ?? 'a') ? 'cascade' : 'reference',
        from: nameOfRelation(definition.Constraint.pktable),
        to,
      },
    ];
  return 'ColumnDef' in definition ? (definition.ColumnDef.constraints ?? []).flatMap((one) => referenceLinks(to, one)) : [];
}
