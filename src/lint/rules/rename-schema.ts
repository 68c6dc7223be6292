import { quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'rename-schema',
  class: 'compat',
  on: ['RenameStmt'],
  title: 'RENAME of a schema',
  why: 'code that runs now says the old name, or has it in its search path, and fails with 42P01',
  given: 'CREATE SCHEMA shop;\nCREATE TABLE shop.orders (id bigint);',
  bad: 'ALTER SCHEMA shop RENAME TO store;',
  good: 'CREATE SCHEMA store;',
  same: { strongMigrations: 'rename_schema' },
  check: ({ node, schema }) => {
    if (!('RenameStmt' in node) || node.RenameStmt.renameType !== 'OBJECT_SCHEMA') return [];
    const { subname = '', newname = '' } = node.RenameStmt;
    const inside = [...schema.relations.values()].filter((one) => one.schema === subname);
    if (inside.length > 0 && inside.every(({ isNew }) => isNew)) return [];
    return [
      {
        what: `Code that says ${quoted(subname)} fails from then on`,
        next: `make ${quoted(newname)} with views of the tables; let the application use it; move the tables in a later release`,
      },
    ];
  },
};
