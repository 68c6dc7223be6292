import { recipeCommand } from '../../model/command.ts';
import { nameOfRelation } from '../../sql/effects/names.ts';
import { isUsed, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'rename-column',
  class: 'compat',
  on: ['RenameStmt'],
  title: 'RENAME COLUMN',
  why: 'code that runs now, and that is rolled out or back meanwhile, says the old name and fails with 42703',
  given: 'CREATE TABLE users (id bigint, name text);',
  bad: 'ALTER TABLE users RENAME COLUMN name TO full_name;',
  good: 'ALTER TABLE users ADD COLUMN full_name text;',
  same: { squawk: 'renaming-column', strongMigrations: 'rename_column' },
  check: ({ node, schema }) => {
    if (!('RenameStmt' in node) || node.RenameStmt.renameType !== 'OBJECT_COLUMN') return [];
    const { relation, subname = '', newname = '' } = node.RenameStmt;
    const table = nameOfRelation(relation);
    if (!isUsed(schema, table)) return [];
    return [
      {
        what: `Code that says ${nameText(table)}.${quoted(subname)} fails from then on`,
        table,
        next: `${recipeCommand('rename-column', `${nameText(table)}.${quoted(subname)}`, quoted(newname))}   has both names work meanwhile; or by hand:\nadd ${quoted(newname)} beside it, with a trigger that keeps both alike; fill it; let the application use it; drop ${quoted(subname)} in a later release`,
      },
    ];
  },
};
