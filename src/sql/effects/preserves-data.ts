import type { Node } from 'libpg-query';
import { commandsOf, wordOf } from './names.ts';
import { walkTree } from './walk-tree.ts';

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const PRESERVING = setOf(
  'IndexStmt CreateStmt CreateTableAsStmt ViewStmt CreateSeqStmt CreateTrigStmt CreatePolicyStmt AlterPolicyStmt ' +
    'RuleStmt CreateStatsStmt CommentStmt GrantStmt VacuumStmt ReindexStmt ClusterStmt LockStmt RenameStmt ' +
    'AlterObjectSchemaStmt AlterOwnerStmt CreatePublicationStmt AlterPublicationStmt RefreshMatViewStmt InsertStmt',
);

/** A column's type, values or existence is at stake in every other subcommand. */
const PRESERVING_COMMANDS = setOf(
  'AT_AddColumn AT_AddConstraint AT_ValidateConstraint AT_AlterConstraint AT_ColumnDefault AT_SetNotNull AT_DropNotNull ' +
    'AT_DropConstraint AT_AddIdentity AT_SetIdentity AT_DropIdentity AT_SetStatistics AT_SetRelOptions AT_ResetRelOptions ' +
    'AT_ChangeOwner AT_EnableRowSecurity AT_DisableRowSecurity AT_ForceRowSecurity AT_NoForceRowSecurity AT_EnableTrig ' +
    'AT_DisableTrig AT_AttachPartition AT_DetachPartition AT_DetachPartitionFinalize AT_ReplicaIdentity AT_ClusterOn ' +
    'AT_SetStorage AT_SetCompression',
);

const PRESERVING_DROPS = new Set(['OBJECT_INDEX', 'OBJECT_VIEW', 'OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY']);

/** Whether no row and no value of an existing table can be lost by a statement. */
export function preservesData(node: Node): boolean {
  // A view is a type as well, and CASCADE takes the columns that have it.
  if ('DropStmt' in node)
    return (
      PRESERVING_DROPS.has(node.DropStmt.removeType ?? '') &&
      !(node.DropStmt.removeType === 'OBJECT_VIEW' && node.DropStmt.behavior === 'DROP_CASCADE')
    );
  if ('InsertStmt' in node) return node.InsertStmt.onConflictClause?.action !== 'ONCONFLICT_UPDATE' && !hasNestedChange(node);
  if ('AlterTableStmt' in node)
    return commandsOf(node.AlterTableStmt).every(({ subtype }) => subtype !== undefined && PRESERVING_COMMANDS.has(subtype));
  return PRESERVING.has(Object.keys(node)[0] ?? '') && !hasNestedChange(node);
}

/** `WITH gone AS (DELETE …) INSERT …` */
function hasNestedChange(node: Node): boolean {
  let isThere = false;
  walkTree(node, (kind) => {
    isThere ||= kind === 'UpdateStmt' || kind === 'DeleteStmt' || kind === 'MergeStmt';
    return isThere;
  });
  return isThere;
}

/** Whether a WHERE keeps nothing out: there is none, or one that people write to quieten a linter, as `true` and `1 = 1`. */
export function isAlwaysTrue(where: Node | undefined): boolean {
  if (!where) return true;
  if ('A_Const' in where) return where.A_Const.boolval?.boolval === true;
  if (!('A_Expr' in where) || where.A_Expr.kind !== 'AEXPR_OP' || wordOf(where.A_Expr.name?.[0]) !== '=') return false;
  const [left, right] = [wordOfConstant(where.A_Expr.lexpr), wordOfConstant(where.A_Expr.rexpr)];
  return left !== '' && left === right;
}

const wordOfConstant = (node: Node | undefined): string => (node && 'A_Const' in node ? wordOf(node) : '');
