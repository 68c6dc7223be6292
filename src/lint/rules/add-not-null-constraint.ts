import { wordOf } from '../../sql/effects/names.ts';
import { addedConstraints, fixOf, quoted } from '../rule/look.ts';
import { addNotValid } from '../rule/online-steps.ts';
import type { Rule } from '../rule/rule.ts';
import { madeName } from '../schema/replay-table.ts';
import { isProved } from './set-not-null.ts';

export const rule: Rule = {
  id: 'add-not-null-constraint',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'ADD CONSTRAINT … NOT NULL',
  why: 'every row is looked at under ACCESS EXCLUSIVE',
  since: 18,
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text);',
  bad: 'ALTER TABLE users ADD CONSTRAINT email_filled NOT NULL email;',
  good: 'ALTER TABLE users ADD CONSTRAINT email_filled NOT NULL email NOT VALID;',
  check: (site) =>
    addedConstraints(site, 'CONSTR_NOTNULL').flatMap(({ table, on, constraint, index, relation }) => {
      const column = (constraint.keys ?? []).map(wordOf)[0] ?? '';
      if (constraint.skip_validation || relation?.columns.get(column)?.notNull || isProved(relation, column)) return [];
      const what = `NOT NULL on ${on}.${quoted(column)} reads the whole table while nobody can use it`;
      return [
        {
          what,
          table,
          ...fixOf(
            site,
            addNotValid(table, quoted(constraint.conname ?? madeName(table.name, [column], 'not_null')), `NOT NULL ${quoted(column)}`),
            index,
          ),
        },
      ];
    }),
};
