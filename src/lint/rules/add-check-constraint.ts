import { addedConstraints, constraintText, fixOf, quoted } from '../rule/look.ts';
import { addNotValid } from '../rule/online-steps.ts';
import type { Rule } from '../rule/rule.ts';
import { constraintOf } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'add-check-constraint',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new CHECK',
  why: 'every row is verified under ACCESS EXCLUSIVE; with NOT VALID none is, and VALIDATE CONSTRAINT looks after them while everybody works',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, age integer);',
  bad: 'ALTER TABLE users ADD CONSTRAINT age_positive CHECK (age > 0);',
  good: 'ALTER TABLE users ADD CONSTRAINT age_positive CHECK (age > 0) NOT VALID;\n-- part: transaction\nALTER TABLE users VALIDATE CONSTRAINT age_positive;',
  same: { squawk: 'constraint-missing-not-valid', strongMigrations: 'add_check_constraint' },
  check: (site) =>
    addedConstraints(site, 'CONSTR_CHECK')
      .filter(({ constraint }) => !constraint.skip_validation && constraint.is_enforced)
      .map(({ table, on, constraint, index }) => ({
        what: `This CHECK on ${on} reads the whole table while nobody can use it`,
        table,
        ...fixOf(site, addNotValid(table, quoted(constraintOf(table, constraint)?.name ?? ''), constraintText(site, index)), index),
      })),
};
