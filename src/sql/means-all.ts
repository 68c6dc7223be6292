import type { Node } from 'libpg-query';
import { wordOf } from './options.ts';

/** Whether a WHERE keeps nothing out: there is none, or one that people write to quieten a linter, as `true` and `1 = 1`. */
export function meansAll(where: Node | undefined): boolean {
  if (!where) return true;
  if ('A_Const' in where) return where.A_Const.boolval?.boolval === true;
  if (!('A_Expr' in where) || where.A_Expr.kind !== 'AEXPR_OP' || wordOf(where.A_Expr.name?.[0]) !== '=') return false;
  const [left, right] = [wordOfConstant(where.A_Expr.lexpr), wordOfConstant(where.A_Expr.rexpr)];
  return left !== '' && left === right;
}

const wordOfConstant = (node: Node | undefined): string => (node && 'A_Const' in node ? wordOf(node) : '');
