import { nameOfList } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'rename-enum-value',
  class: 'compat',
  on: ['AlterEnumStmt'],
  title: 'RENAME VALUE of an enum',
  why: 'code that runs now writes and compares the old label, and fails with 22P02',
  given: "CREATE TYPE mood AS ENUM ('sad', 'happy');",
  bad: "ALTER TYPE mood RENAME VALUE 'sad' TO 'unhappy';",
  good: "ALTER TYPE mood ADD VALUE 'unhappy';",
  same: { strongMigrations: 'rename_enum_value' },
  check: ({ node, schema }) => {
    if (!('AlterEnumStmt' in node) || node.AlterEnumStmt.oldVal === undefined) return [];
    const name = nameOfList(node.AlterEnumStmt.typeName);
    if (schema.findIn(schema.enums, name)?.isNew) return [];
    const { oldVal, newVal } = node.AlterEnumStmt;
    return [
      {
        what: `Code that says '${oldVal}' fails from then on`,
        next: `ALTER TYPE ${nameText(name)} ADD VALUE '${newVal}';   let the application write it, and change the old rows in batches`,
      },
    ];
  },
};
