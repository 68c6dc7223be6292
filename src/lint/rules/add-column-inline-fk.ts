import type { FixStep } from '../../model/finding.ts';
import { clauseOf, columnClauses, without } from '../edit/column-clauses.ts';
import { type AddedColumn, addedColumns, commandText, fixOf, hasConstraint, inTransaction, quoted } from '../rule/look.ts';
import { addNotValid } from '../rule/online-steps.ts';
import type { Rule, Site } from '../rule/rule.ts';
import { constraintOf } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'add-column-inline-fk',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new column with a default and a foreign key',
  why: 'with a default the foreign key is verified for each row under ACCESS EXCLUSIVE; without one PostgreSQL knows that all are NULL, and reads nothing',
  given: 'CREATE TABLE plans (id bigint PRIMARY KEY);\nINSERT INTO plans VALUES (1);\nCREATE TABLE users (id bigint);',
  bad: 'ALTER TABLE users ADD COLUMN plan_id bigint DEFAULT 1 REFERENCES plans (id);',
  good: 'ALTER TABLE users ADD COLUMN plan_id bigint REFERENCES plans (id);',
  same: { squawk: 'adding-foreign-key-constraint', strongMigrations: 'add_foreign_key' },
  check: (site) =>
    addedColumns(site)
      .filter((added) => hasConstraint(added, 'CONSTR_FOREIGN') && hasConstraint(added, 'CONSTR_DEFAULT'))
      .map((added) => ({
        what: `The foreign key of ${added.on}.${quoted(added.name)} is verified for each row while nobody can use the table`,
        table: added.table,
        ...fixOf(site, stepsFor(site, added), added.index),
      })),
};

function stepsFor(site: Site, { table, on, name, index, constraints }: AddedColumn): readonly FixStep[] {
  const text = columnClauses(commandText(site, index));
  const foreign = constraints.find(({ contype }) => contype === 'CONSTR_FOREIGN');
  const made = foreign && constraintOf(table, foreign, name)?.name;
  const clause = clauseOf(text, 'REFERENCES');
  const definition = `FOREIGN KEY (${quoted(name)}) ${clause?.text ?? ''}`;
  return [
    inTransaction(`ALTER TABLE ${on} ${without(text, 'REFERENCES')}`),
    ...addNotValid(table, clause?.name ?? quoted(made ?? ''), definition),
  ];
}
