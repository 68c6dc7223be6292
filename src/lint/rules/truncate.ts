import { namesOfRelations } from '../../sql/effects/names.ts';
import { isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'truncate',
  class: 'data-loss',
  on: ['TruncateStmt'],
  title: 'TRUNCATE',
  why: 'all rows are gone, no trigger for rows runs, and the table is locked for everybody (ACCESS EXCLUSIVE) until COMMIT; CASCADE empties every table that refers to it as well',
  given: 'CREATE TABLE users (id bigint);',
  bad: 'TRUNCATE users;',
  good: 'DELETE FROM users WHERE id < 0;',
  same: { squawk: 'ban-truncate-cascade' },
  check: ({ node, schema }) => {
    if (!('TruncateStmt' in node)) return [];
    const isCascade = node.TruncateStmt.behavior === 'DROP_CASCADE';
    return namesOfRelations(node.TruncateStmt.relations)
      .filter((name) => isUsed(schema, name))
      .map((table) => ({
        what: `All rows of ${nameText(table)}${isCascade ? ', and of every table that refers to it,' : ''} are gone`,
        table,
        next: isCascade
          ? 'name every table that is to be emptied, and leave CASCADE out'
          : `when that is meant: -- lint-allow truncate: why`,
        ...(isCascade && { severity: 'error' as const }),
      }));
  },
};
