import type { AlterTableStmt, CreateStmt, Node, RangeVar } from 'libpg-query';
import type { LockMode, LockNeed, ObjectName } from '../../model/effects.ts';
import { droppedRelations } from './changed-relations.ts';
import { commandsOf, foreignKeysIn, nameOfRelation, namesOfRelations } from './names.ts';

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
  if ('DropStmt' in node) {
    const mode = node.DropStmt.concurrent ? 'ShareUpdateExclusive' : 'AccessExclusive';
    return droppedRelations(node.DropStmt).map((name) => need(name, mode));
  }
  if ('TruncateStmt' in node) return namesOfRelations(node.TruncateStmt.relations).map((name) => need(name, 'AccessExclusive'));
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

function alterTable(statement: AlterTableStmt): readonly LockNeed[] {
  const table = nameOfRelation(statement.relation);
  return commandsOf(statement).flatMap(({ subtype = 'AT_AddColumn', def }): readonly LockNeed[] => {
    if (def && 'PartitionCmd' in def) {
      const part = nameOfRelation(def.PartitionCmd.name);
      const isPolite = subtype === 'AT_AttachPartition' || def.PartitionCmd.concurrent === true;
      return [need(table, isPolite ? 'ShareUpdateExclusive' : 'AccessExclusive'), need(part, 'AccessExclusive')];
    }
    const references = referencedBy(def);
    if (subtype === 'AT_AddConstraint' && references.length > 0) return [need(table, 'ShareRowExclusive'), ...references];
    return [need(table, WEAKER[subtype] ?? 'AccessExclusive'), ...references];
  });
}

/** A foreign key puts triggers on the table that it refers to. */
const referencedBy = (definition: Node | undefined): readonly LockNeed[] =>
  foreignKeysIn(definition).map(({ pktable }) => need(nameOfRelation(pktable), 'ShareRowExclusive'));

function createTable({ tableElts, constraints, inhRelations, partbound }: CreateStmt): readonly LockNeed[] {
  const parents = namesOfRelations(inhRelations).map((name) => need(name, partbound ? 'AccessExclusive' : 'ShareUpdateExclusive'));
  return [...parents, ...[...(tableElts ?? []), ...(constraints ?? [])].flatMap(referencedBy)];
}
