import type { Rule } from '../../src/lint/rule/rule.ts';
import type { Cell } from '../../truth/cell.ts';
import { errorOf, mostWaitedFor, rewrites, stalls } from '../../truth/verdict.ts';

/** SQLSTATEs that a rule promises; what the server does not know yet is a syntax error. */
const codesOf = ({ why }: Rule): readonly string[] => [
  ...(why.match(/\b[0-9][0-9A-Z]{4}\b/g) ?? []),
  ...(why.includes('a syntax error') ? ['42601'] : []),
];

/** Where a rule's class promises what its `bad` does not do on a server, or its `good` does. */
export function judgeRule(rule: Rule, bad: Cell, good: Cell): readonly string[] {
  return [...(errorOf(good) ? [`good fails with ${errorOf(good)}`] : []), ...judgeBad(rule, bad), ...judgeGood(rule, bad, good)];
}

function judgeBad(rule: Rule, bad: Cell): readonly string[] {
  const code = errorOf(bad);
  if (rule.class === 'runtime-error') {
    if (!code) return ['bad does not fail'];
    return codesOf(rule).includes(code) ? [] : [`bad fails with ${code}, which the rule does not name`];
  }
  if (code) return [`bad fails with ${code}`];
  if (rule.class === 'lock-long' && !stalls(bad)) return ['bad keeps nobody waiting while it works'];
  if (rule.class === 'rewrite' && !rewrites(bad)) return ['bad rewrites no table'];
  if (rule.class !== 'lock-brief') return [];
  return [...(mostWaitedFor(bad) > 0 ? [] : ['bad keeps nobody waiting']), ...(stalls(bad) ? ['bad is not brief'] : [])];
}

function judgeGood(rule: Rule, bad: Cell, good: Cell): readonly string[] {
  if (!['lock-long', 'rewrite', 'lock-brief'].includes(rule.class)) return [];
  const isLess = rule.class !== 'lock-brief' || mostWaitedFor(good) < mostWaitedFor(bad);
  return [...(stalls(good) ? ['good keeps others waiting while it works'] : []), ...(isLess ? [] : ['good keeps as many waiting'])];
}
