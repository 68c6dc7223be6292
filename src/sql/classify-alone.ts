import type { AlterTableStmt, DropStmt, IndexStmt, Node, ReindexStmt } from 'libpg-query';
import type { Effect } from '../model/script.ts';
import { classifyDatabase } from './classify-database.ts';
import { classifySubscription } from './classify-subscription.ts';
import { nameOfList, nameOfRelation } from './effects/names.ts';
import { findOption, isOn } from './options.ts';
import { REPEATABLE, UNKNOWN } from './script/traits.ts';

/** The effect of a statement that cannot run in a transaction block; undefined for every other. After PostgreSQL's calls of PreventInTransactionBlock. */
export function classifyAlone(node: Node): Effect | undefined {
  if ('IndexStmt' in node) return createIndex(node.IndexStmt);
  if ('DropStmt' in node) return dropIndex(node.DropStmt);
  if ('ReindexStmt' in node) return reindex(node.ReindexStmt);
  if ('AlterTableStmt' in node) return detachPartition(node.AlterTableStmt);
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd ? REPEATABLE : undefined;
  if ('ClusterStmt' in node) return node.ClusterStmt.relation ? undefined : REPEATABLE;
  return classifyDatabase(node) ?? classifySubscription(node);
}

function createIndex({ concurrent, relation, idxname, if_not_exists }: IndexStmt): Effect | undefined {
  if (!concurrent) return undefined;
  const index = idxname ? { index: idxname } : {};
  return { kind: 'create-index', table: nameOfRelation(relation), ...index, ifNotExists: if_not_exists ?? false };
}

function dropIndex({ concurrent, objects, missing_ok }: DropStmt): Effect | undefined {
  if (!concurrent) return undefined;
  const [only, ...more] = objects ?? [];
  // PostgreSQL takes one name only.
  if (!only || more.length > 0 || !('List' in only)) return UNKNOWN;
  return { kind: 'drop-index', index: nameOfList(only.List.items), ifExists: missing_ok ?? false };
}

const REINDEX_TARGETS = {
  REINDEX_OBJECT_INDEX: 'index',
  REINDEX_OBJECT_TABLE: 'table',
  REINDEX_OBJECT_SCHEMA: 'schema',
  REINDEX_OBJECT_SYSTEM: 'database',
  REINDEX_OBJECT_DATABASE: 'database',
} as const;

function reindex({ kind = 'REINDEX_OBJECT_INDEX', relation, name, params }: ReindexStmt): Effect | undefined {
  const target = REINDEX_TARGETS[kind];
  const isConcurrent = isOn(findOption(params, 'concurrently'), false);
  if (!isConcurrent) return target === 'index' || target === 'table' ? undefined : REPEATABLE;
  const object = relation ? nameOfRelation(relation) : { name: name ?? '' };
  return object.name ? { kind: 'reindex', target, object } : REPEATABLE;
}

function detachPartition({ relation, cmds }: AlterTableStmt): Effect | undefined {
  for (const command of cmds ?? []) {
    const definition =
      'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_DetachPartition' ? command.AlterTableCmd.def : undefined;
    if (definition && 'PartitionCmd' in definition && definition.PartitionCmd.concurrent)
      return { kind: 'detach-partition', parent: nameOfRelation(relation), partition: nameOfRelation(definition.PartitionCmd.name) };
  }
  return undefined;
}
