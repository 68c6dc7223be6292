import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-table',
  class: 'data-loss',
  on: ['DropStmt'],
  title: 'DROP TABLE',
  why: 'its rows are gone, and code that runs now fails with 42P01; every table that it refers to is locked for a moment too',
  given: 'CREATE TABLE users (id bigint);',
  bad: 'DROP TABLE users;',
  good: 'ALTER TABLE users RENAME TO users_gone;\nCREATE VIEW users AS SELECT * FROM users_gone;',
  same: { squawk: 'ban-drop-table', strongMigrations: 'drop_table' },
  check: ({ node, schema, isAfterDeploy }) => {
    if (
      isAfterDeploy ||
      !('DropStmt' in node) ||
      !['OBJECT_TABLE', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE'].includes(node.DropStmt.removeType ?? '')
    )
      return [];
    return droppedRelations(node.DropStmt)
      .filter((name) => isUsed(schema, name))
      .map((name) => ({
        what: `The rows of ${nameText(name)} are gone, and code that uses it fails`,
        table: name,
        next: `-- Phase: after-deploy   in the header: it waits until no code uses ${nameText(name)} any more; where none does: -- lint-allow drop-table: why`,
      }));
  },
};
