import { namesOfRelations } from '../../sql/effects/names.ts';
import { isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

/** PostgreSQL's numbers of lock modes (lockdefs.h): from SHARE on writers wait, behind EXCLUSIVE readers who lock rows, behind the last all. */
const SHARE = 5;
const ACCESS_EXCLUSIVE = 8;

export const rule: Rule = {
  id: 'lock-table',
  class: 'lock-long',
  on: ['LockStmt'],
  title: 'LOCK TABLE',
  why: 'the lock is held until COMMIT, whatever else the migration does',
  given: 'CREATE TABLE users (id bigint);',
  bad: 'LOCK TABLE users IN ACCESS EXCLUSIVE MODE;',
  good: 'LOCK TABLE users IN ROW SHARE MODE;',
  check: ({ node, schema }) => {
    if (!('LockStmt' in node)) return [];
    const { mode = ACCESS_EXCLUSIVE, relations } = node.LockStmt;
    if (mode < SHARE) return [];
    return namesOfRelations(relations)
      .filter((name) => isUsed(schema, name))
      .map((table) => ({
        what: `Nobody can ${mode === ACCESS_EXCLUSIVE ? 'use' : 'write to'} ${nameText(table)} until COMMIT`,
        table,
        next: 'leave it out: each statement takes the lock that it needs; where rows must not change meanwhile, keep the transaction to a few milliseconds and say -- lint-allow lock-table: why',
      }));
  },
};
