import { quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'duplicate-assignment',
  class: 'runtime-error',
  on: ['UpdateStmt'],
  title: 'A column set twice in one UPDATE',
  why: 'the statement fails with 42601',
  given: 'CREATE TABLE users (id bigint, name text);',
  bad: "UPDATE users SET name = 'a', name = 'b' WHERE id = 1;",
  good: "UPDATE users SET name = 'b' WHERE id = 1;",
  check: ({ node }) => {
    if (!('UpdateStmt' in node)) return [];
    // a[1] = …, a[2] = … sets two parts of one column.
    const names = (node.UpdateStmt.targetList ?? []).flatMap((one) =>
      'ResTarget' in one && !one.ResTarget.indirection ? [one.ResTarget.name ?? ''] : [],
    );
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    return twice === undefined
      ? []
      : [{ what: `${quoted(twice)} is set twice: the statement fails with 42601`, next: 'leave out one of them' }];
  },
};
