import type { Node } from 'libpg-query';
import type { StatementEffects } from '../../model/effects.ts';
import { changedRelations, droppedSchemas, isOpaque } from './changed-relations.ts';
import { dataLossesOf, deletesOf } from './data-losses.ts';
import { linksOf } from './links.ts';
import { lockNeedsOf } from './lock-needs.ts';
import { findOption, isOn } from './names.ts';
import { preservesData } from './preserves-data.ts';
import { renamesOf } from './renames.ts';

/** What one statement does, from its parse tree. Undefined where it does nothing that anybody asks about: it reads. */
export function effectsOf(node: Node): StatementEffects | undefined {
  const explained = explainedAndRun(node);
  if (explained) return effectsOf(explained);
  const isUnseen = isOpaque(node);
  const lists = {
    locks: lockNeedsOf(node),
    losses: dataLossesOf(node),
    changes: changedRelations(node),
    dropsSchemas: droppedSchemas(node),
    deletes: deletesOf(node),
    renames: renamesOf(node),
    links: linksOf(node),
  };
  const isAnything = isUnseen || Object.values(lists).some((list) => list.length > 0);
  return isAnything ? { ...lists, preservesData: !isUnseen && preservesData(node), isOpaque: isUnseen } : undefined;
}

/** EXPLAIN ANALYZE runs what it explains. */
export const explainedAndRun = (node: Node): Node | undefined =>
  'ExplainStmt' in node && isOn(findOption(node.ExplainStmt.options, 'analyze'), false) ? node.ExplainStmt.query : undefined;

const NOTHING = { locks: [], losses: [], changes: [], dropsSchemas: [], deletes: [], renames: [], links: [] };

/** Of a statement that is too large to be parsed. Only an INSERT of constants gets that large in practice, and it adds rows. */
export const unparsedEffects = (summary: string): StatementEffects | undefined =>
  summary.startsWith('INSERT') ? undefined : { ...NOTHING, preservesData: false, isOpaque: true };
