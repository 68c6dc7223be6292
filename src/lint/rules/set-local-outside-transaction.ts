import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'set-local-outside-transaction',
  class: 'correctness',
  on: ['VariableSetStmt'],
  severity: 'warning',
  title: 'SET LOCAL outside of a transaction',
  why: 'it does nothing but give a warning (25P01)',
  bad: "-- part: no-transaction\nSET LOCAL statement_timeout = '5s';",
  good: "-- part: no-transaction\nSET statement_timeout = '5s';",
  check: ({ node, inTransaction: isHeld }) =>
    'VariableSetStmt' in node && node.VariableSetStmt.is_local && !isHeld
      ? [{ what: 'SET LOCAL does nothing in a part without a transaction', next: 'write SET; the setting ends with the migration' }]
      : [],
};
