import { wordOf } from '../../sql/effects/names.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'lock-timeout-off',
  class: 'transaction',
  on: ['VariableSetStmt'],
  title: 'SET lock_timeout = 0',
  why: 'the migration then waits for a lock without an end, and every query that comes meanwhile queues behind it',
  bad: 'SET lock_timeout = 0;',
  good: "SET lock_timeout = '2s';",
  same: { squawk: 'require-timeout-settings' },
  check: ({ node, inTransaction: isHeld }) => {
    if (!('VariableSetStmt' in node) || node.VariableSetStmt.name !== 'lock_timeout' || node.VariableSetStmt.kind !== 'VAR_SET_VALUE')
      return [];
    const value = wordOf(node.VariableSetStmt.args?.[0]);
    // What builds an index beside everybody may wait.
    if (!isHeld || !/^0\s*(?:ms|s|min|h|d)?$/.test(value)) return [];
    return [
      {
        what: 'This migration waits for locks without an end, with everybody behind it',
        next: 'leave it out: the policy sets lockTimeoutMs, and the run tries again',
      },
    ];
  },
};
