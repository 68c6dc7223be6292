import type { AlterTableStmt, CommentStmt, CreateStmt, LockStmt, Node, PartitionCmd, RangeVar, VacuumStmt } from 'libpg-query';
import type { LockMode, LockNeed, ObjectName } from '../../model/effects.ts';
import { droppedRelations } from './changed-relations.ts';
import { commandsOf, findOption, foreignKeysIn, isOn, nameOfList, nameOfRelation, namesOfRelations } from './names.ts';

const need = (relation: ObjectName, mode: LockMode): LockNeed => ({ relation, mode });
const needAll = (relations: readonly ObjectName[], mode: LockMode): readonly LockNeed[] => relations.map((name) => need(name, mode));

/**
 * The table locks that a statement waits for, beyond those of reading and writing rows; a lock on an index counts as one on its table.
 * What runs inside functions and DO blocks is not seen, nor what depends on the table: partitions, views, foreign keys to it.
 * Each mode is measured (test/lint/truth.test.ts).
 */
export function lockNeedsOf(node: Node): readonly LockNeed[] {
  if ('AlterTableStmt' in node) return alterTable(node.AlterTableStmt);
  if ('CreateStmt' in node) return createTable(node.CreateStmt);
  if ('IndexStmt' in node)
    return [need(nameOfRelation(node.IndexStmt.relation), node.IndexStmt.concurrent ? 'ShareUpdateExclusive' : 'Share')];
  if ('CreateTrigStmt' in node) return [need(nameOfRelation(node.CreateTrigStmt.relation), 'ShareRowExclusive')];
  if ('DropStmt' in node) {
    const mode = node.DropStmt.concurrent ? 'ShareUpdateExclusive' : 'AccessExclusive';
    return needAll(droppedRelations(node.DropStmt), mode);
  }
  if ('TruncateStmt' in node) return needAll(namesOfRelations(node.TruncateStmt.relations), 'AccessExclusive');
  if ('LockStmt' in node) return lockTable(node.LockStmt);
  return [...maintenance(node), ...description(node), ...onlyRelation(node)];
}

/** What writes a relation anew or looks after it. */
function maintenance(node: Node): readonly LockNeed[] {
  if ('VacuumStmt' in node) return vacuum(node.VacuumStmt);
  if ('ReindexStmt' in node && node.ReindexStmt.relation) {
    // Whoever reads the table holds the index, which is taken away from everybody meanwhile.
    const isPolite = isOn(findOption(node.ReindexStmt.params, 'concurrently'), false);
    return [need(nameOfRelation(node.ReindexStmt.relation), isPolite ? 'ShareUpdateExclusive' : 'AccessExclusive')];
  }
  if (!('RefreshMatViewStmt' in node)) return [];
  return [need(nameOfRelation(node.RefreshMatViewStmt.relation), node.RefreshMatViewStmt.concurrent ? 'Exclusive' : 'AccessExclusive')];
}

function vacuum({ rels, options, is_vacuumcmd }: VacuumStmt): readonly LockNeed[] {
  const isFull = is_vacuumcmd === true && isOn(findOption(options, 'full'), false);
  const names = (rels ?? []).flatMap((one) => ('VacuumRelation' in one ? [nameOfRelation(one.VacuumRelation.relation)] : []));
  return needAll(names, isFull ? 'AccessExclusive' : 'ShareUpdateExclusive');
}

/** What says something about tables and leaves them as they are. */
function description(node: Node): readonly LockNeed[] {
  if ('CommentStmt' in node) return comment(node.CommentStmt);
  if ('CreateStatsStmt' in node) return needAll(namesOfRelations(node.CreateStatsStmt.relations), 'ShareUpdateExclusive');
  const objects =
    'CreatePublicationStmt' in node
      ? node.CreatePublicationStmt.pubobjects
      : 'AlterPublicationStmt' in node
        ? node.AlterPublicationStmt.pubobjects
        : undefined;
  return (objects ?? []).flatMap((one) =>
    'PublicationObjSpec' in one && one.PublicationObjSpec.pubtable
      ? [need(nameOfRelation(one.PublicationObjSpec.pubtable.relation), 'ShareUpdateExclusive')]
      : [],
  );
}

function comment({ objtype = 'OBJECT_TABLE', object }: CommentStmt): readonly LockNeed[] {
  const parts = object && 'List' in object ? object.List.items : undefined;
  if (!['OBJECT_TABLE', 'OBJECT_COLUMN', 'OBJECT_INDEX', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE'].includes(objtype))
    return [];
  return [need(nameOfList(objtype === 'OBJECT_COLUMN' ? parts?.slice(0, -1) : parts), 'ShareUpdateExclusive')];
}

/** By PostgreSQL's numbers of them (lockdefs.h); the three weakest are those of queries and of changed rows. */
const BY_NUMBER: Readonly<Record<number, LockMode>> = {
  4: 'ShareUpdateExclusive',
  5: 'Share',
  6: 'ShareRowExclusive',
  7: 'Exclusive',
  8: 'AccessExclusive',
};

function lockTable({ relations, mode = 8 }: LockStmt): readonly LockNeed[] {
  const known = BY_NUMBER[mode];
  return known ? needAll(namesOfRelations(relations), known) : [];
}

/** Statements about one relation that nobody else may use meanwhile. */
function onlyRelation(node: Node): readonly LockNeed[] {
  // An index is renamed beside everybody.
  const isIndex = 'RenameStmt' in node && node.RenameStmt.renameType === 'OBJECT_INDEX';
  const relation = relationOf(node);
  return relation ? [need(nameOfRelation(relation), isIndex ? 'ShareUpdateExclusive' : 'AccessExclusive')] : [];
}

function relationOf(node: Node): RangeVar | undefined {
  if ('RenameStmt' in node) return node.RenameStmt.relation;
  if ('RuleStmt' in node) return node.RuleStmt.relation;
  if ('CreatePolicyStmt' in node) return node.CreatePolicyStmt.table;
  if ('AlterPolicyStmt' in node) return node.AlterPolicyStmt.table;
  if ('AlterObjectSchemaStmt' in node) return node.AlterObjectSchemaStmt.relation;
  if ('ViewStmt' in node) return node.ViewStmt.replace ? node.ViewStmt.view : undefined;
  return 'ClusterStmt' in node ? node.ClusterStmt.relation : undefined;
}

const WEAKER: Readonly<Record<string, LockMode>> = {
  AT_ValidateConstraint: 'ShareUpdateExclusive',
  AT_SetStatistics: 'ShareUpdateExclusive',
  AT_SetOptions: 'ShareUpdateExclusive',
  AT_ResetOptions: 'ShareUpdateExclusive',
  AT_SetRelOptions: 'ShareUpdateExclusive',
  AT_ResetRelOptions: 'ShareUpdateExclusive',
  AT_ClusterOn: 'ShareUpdateExclusive',
  AT_DropCluster: 'ShareUpdateExclusive',
  AT_EnableTrig: 'ShareRowExclusive',
  AT_EnableAlwaysTrig: 'ShareRowExclusive',
  AT_EnableReplicaTrig: 'ShareRowExclusive',
  AT_EnableTrigAll: 'ShareRowExclusive',
  AT_EnableTrigUser: 'ShareRowExclusive',
  AT_DisableTrig: 'ShareRowExclusive',
  AT_DisableTrigAll: 'ShareRowExclusive',
  AT_DisableTrigUser: 'ShareRowExclusive',
};

function alterTable(statement: AlterTableStmt): readonly LockNeed[] {
  const table = nameOfRelation(statement.relation);
  const isView = statement.objtype === 'OBJECT_VIEW';
  return commandsOf(statement).flatMap(({ subtype = 'AT_AddColumn', def }): readonly LockNeed[] => {
    if (def && 'PartitionCmd' in def) return partition(table, def.PartitionCmd, subtype);
    const parents = subtype === 'AT_AddInherit' && def ? needAll(namesOfRelations([def]), 'ShareUpdateExclusive') : [];
    const references = referencedBy(def);
    if (subtype === 'AT_AddConstraint' && references.length > 0) return [need(table, 'ShareRowExclusive'), ...references];
    return [need(table, (isView ? undefined : WEAKER[subtype]) ?? 'AccessExclusive'), ...parents, ...references];
  });
}

function partition(table: ObjectName, { name, concurrent }: PartitionCmd, subtype: string): readonly LockNeed[] {
  const isPolite = subtype === 'AT_AttachPartition' || concurrent === true;
  return [need(table, isPolite ? 'ShareUpdateExclusive' : 'AccessExclusive'), need(nameOfRelation(name), 'AccessExclusive')];
}

/** A foreign key puts triggers on the table that it refers to. */
const referencedBy = (definition: Node | undefined): readonly LockNeed[] =>
  foreignKeysIn(definition).map(({ pktable }) => need(nameOfRelation(pktable), 'ShareRowExclusive'));

function createTable({ tableElts, constraints, inhRelations, partbound }: CreateStmt): readonly LockNeed[] {
  const parents = needAll(namesOfRelations(inhRelations), partbound ? 'AccessExclusive' : 'ShareUpdateExclusive');
  return [...parents, ...[...(tableElts ?? []), ...(constraints ?? [])].flatMap(referencedBy)];
}
