import type { AlterTableStmt, CreateStmt, Node, RangeVar } from 'libpg-query';
import type { LockMode, LockNeed, ObjectName } from '../../model/effects.ts';
import { nameOfList, nameOfRelation } from './names.ts';

const need = (relation: ObjectName, mode: LockMode): LockNeed => ({ relation, mode });

/**
 * The table locks that a statement waits for, beyond those of reading and writing rows. What runs inside functions and DO blocks is not seen.
 * After the calls of LockRelationOid and AlterTableGetLockLevel in PostgreSQL's sources (manual: explicit-locking, sql-altertable).
 */
export function lockNeedsOf(node: Node): readonly LockNeed[] {
  if ('AlterTableStmt' in node) return alterTable(node.AlterTableStmt);
  if ('CreateStmt' in node) return createTable(node.CreateStmt);
  if ('IndexStmt' in node)
    return [need(nameOfRelation(node.IndexStmt.relation), node.IndexStmt.concurrent ? 'ShareUpdateExclusive' : 'Share')];
  if ('CreateTrigStmt' in node) return [need(nameOfRelation(node.CreateTrigStmt.relation), 'ShareRowExclusive')];
  if ('DropStmt' in node) return drop(node.DropStmt);
  if ('TruncateStmt' in node) return namesOf(node.TruncateStmt.relations).map((name) => need(name, 'AccessExclusive'));
  if ('ReindexStmt' in node && node.ReindexStmt.relation) return [need(nameOfRelation(node.ReindexStmt.relation), 'Share')];
  const relation = onlyRelation(node);
  return relation ? [need(nameOfRelation(relation), 'AccessExclusive')] : [];
}

/** Statements about one relation that nobody else may use meanwhile. */
function onlyRelation(node: Node): RangeVar | undefined {
  if ('RenameStmt' in node) return node.RenameStmt.relation;
  if ('RuleStmt' in node) return node.RuleStmt.relation;
  if ('CreatePolicyStmt' in node) return node.CreatePolicyStmt.table;
  if ('AlterPolicyStmt' in node) return node.AlterPolicyStmt.table;
  if ('AlterObjectSchemaStmt' in node) return node.AlterObjectSchemaStmt.relation;
  return 'ClusterStmt' in node ? node.ClusterStmt.relation : undefined;
}

const namesOf = (nodes: readonly Node[] | undefined): readonly ObjectName[] =>
  (nodes ?? []).flatMap((node) => ('RangeVar' in node ? [nameOfRelation(node.RangeVar)] : []));

const WEAKER: Readonly<Record<string, LockMode>> = {
  AT_ValidateConstraint: 'ShareUpdateExclusive',
  AT_SetStatistics: 'ShareUpdateExclusive',
  AT_SetOptions: 'ShareUpdateExclusive',
  AT_ResetOptions: 'ShareUpdateExclusive',
  AT_SetRelOptions: 'ShareUpdateExclusive',
  AT_ClusterOn: 'ShareUpdateExclusive',
  AT_EnableTrig: 'ShareRowExclusive',
  AT_DisableTrig: 'ShareRowExclusive',
};

function alterTable({ relation, cmds }: AlterTableStmt): readonly LockNeed[] {
  const table = nameOfRelation(relation);
  return (cmds ?? []).flatMap((command): readonly LockNeed[] => {
    if (!('AlterTableCmd' in command)) return [];
    const { subtype = 'AT_AddColumn', def } = command.AlterTableCmd;
    if (def && 'PartitionCmd' in def) {
      const part = nameOfRelation(def.PartitionCmd.name);
      const isPolite = subtype === 'AT_AttachPartition' || def.PartitionCmd.concurrent === true;
      return [need(table, isPolite ? 'ShareUpdateExclusive' : 'AccessExclusive'), need(part, 'AccessExclusive')];
    }
    const references = foreignKeys(def);
    if (subtype === 'AT_AddConstraint' && references.length > 0) return [need(table, 'ShareRowExclusive'), ...references];
    return [need(table, WEAKER[subtype] ?? 'AccessExclusive'), ...references];
  });
}

/** A foreign key puts triggers on the table that it refers to, whether it stands with a column or by itself. */
function foreignKeys(definition: Node | undefined): readonly LockNeed[] {
  if (!definition) return [];
  if ('Constraint' in definition && definition.Constraint.contype === 'CONSTR_FOREIGN')
    return [need(nameOfRelation(definition.Constraint.pktable), 'ShareRowExclusive')];
  return 'ColumnDef' in definition ? (definition.ColumnDef.constraints ?? []).flatMap(foreignKeys) : [];
}

function createTable({ tableElts, constraints, inhRelations, partbound }: CreateStmt): readonly LockNeed[] {
  const parents = namesOf(inhRelations).map((name) => need(name, partbound ? 'AccessExclusive' : 'ShareUpdateExclusive'));
  return [...parents, ...[...(tableElts ?? []), ...(constraints ?? [])].flatMap(foreignKeys)];
}

const WITH_RELATIONS = new Set<string>([
  'OBJECT_TABLE',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
]);
// DROP TRIGGER, RULE and POLICY name the object behind its table.
const ON_TABLES = new Set<string>(['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY']);

function drop({ objects, removeType = 'OBJECT_TYPE', concurrent }: Extract<Node, { DropStmt: unknown }>['DropStmt']): readonly LockNeed[] {
  const mode = concurrent ? 'ShareUpdateExclusive' : 'AccessExclusive';
  return (objects ?? []).flatMap((object) => {
    if (!('List' in object)) return [];
    const { items } = object.List;
    if (WITH_RELATIONS.has(removeType)) return [need(nameOfList(items), mode)];
    return ON_TABLES.has(removeType) ? [need(nameOfList(items?.slice(0, -1)), mode)] : [];
  });
}
