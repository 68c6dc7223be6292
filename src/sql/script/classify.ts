import type { AlterEnumStmt, Node } from 'libpg-query';
import { classifyAlone } from '../classify-alone.ts';
import { classifyTransaction } from '../classify-transaction.ts';
import { nameOfList } from '../effects/names.ts';
import { findRefused } from './refused-statements.ts';
import { PLAIN, REPEATABLE, type Trait } from './traits.ts';

/** What a statement is to its script, by its tree. */
export function classify(node: Node): Trait {
  if ('TransactionStmt' in node) return classifyTransaction(node.TransactionStmt);
  if ('AlterEnumStmt' in node) return classifyEnum(node.AlterEnumStmt);
  const refused = findRefused(node);
  if (refused) return refused;
  const alone = classifyAlone(node);
  if (alone) return { kind: 'alone', effect: alone };
  return isRepeatable(node) ? { kind: 'plain', effect: REPEATABLE } : PLAIN;
}

function isRepeatable(node: Node): boolean {
  return ['VacuumStmt', 'ReindexStmt', 'ClusterStmt', 'RefreshMatViewStmt', 'CheckPointStmt', 'VariableSetStmt'].some(
    (kind) => kind in node,
  );
}

function classifyEnum({ typeName, oldVal, newVal }: AlterEnumStmt): Trait {
  if (oldVal || newVal === undefined) return PLAIN;
  return { kind: 'enum-value', effect: { kind: 'add-enum-value', type: nameOfList(typeName), label: newVal } };
}
