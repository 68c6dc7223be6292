import type { FixStep } from '../../model/finding.ts';
import { clauseOf, columnClauses, without } from '../edit/column-clauses.ts';
import { type AddedColumn, addedColumns, commandText, fixOf, hasConstraint, inTransaction, quoted } from '../rule/look.ts';
import { addNotValid } from '../rule/online-steps.ts';
import type { Rule, Site } from '../rule/rule.ts';
import { constraintOf } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'add-column-inline-check',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new column with a CHECK',
  why: 'the CHECK is verified for each row under ACCESS EXCLUSIVE, although the new column is the same in all of them',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY);',
  bad: 'ALTER TABLE users ADD COLUMN age integer CHECK (age >= 0);',
  good: 'ALTER TABLE users ADD COLUMN age integer;\nALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age >= 0) NOT VALID;',
  same: { squawk: 'constraint-missing-not-valid', strongMigrations: 'add_check_constraint' },
  check: (site) =>
    addedColumns(site)
      .filter((added) => hasConstraint(added, 'CONSTR_CHECK'))
      .map((added) => ({
        what: `The CHECK of ${added.on}.${quoted(added.name)} reads the whole table while nobody can use it`,
        table: added.table,
        ...fixOf(site, stepsFor(site, added), added.index),
      })),
};

function stepsFor(site: Site, { table, on, name, index, constraints }: AddedColumn): readonly FixStep[] {
  const text = columnClauses(commandText(site, index));
  const check = constraints.find(({ contype }) => contype === 'CONSTR_CHECK');
  const made = check && constraintOf(table, check, name)?.name;
  const clause = clauseOf(text, 'CHECK');
  return [
    inTransaction(`ALTER TABLE ${on} ${without(text, 'CHECK')}`),
    ...addNotValid(table, clause?.name ?? quoted(made ?? ''), clause?.text ?? ''),
  ];
}
