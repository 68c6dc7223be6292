import { nameOfRelation } from '../../sql/effects/names.ts';
import { addedConstraints, constraintText, fixOf, nameText, quoted } from '../rule/look.ts';
import { addNotValid } from '../rule/online-steps.ts';
import type { Rule } from '../rule/rule.ts';
import { constraintOf } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'add-foreign-key',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new foreign key',
  why: 'every row is verified while nobody can write to either table (SHARE ROW EXCLUSIVE on both)',
  given: 'CREATE TABLE plans (id bigint PRIMARY KEY);\nCREATE TABLE users (id bigint PRIMARY KEY, plan_id bigint);',
  bad: 'ALTER TABLE users ADD FOREIGN KEY (plan_id) REFERENCES plans (id);',
  good: 'ALTER TABLE users ADD CONSTRAINT users_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans (id) NOT VALID;\n-- part: transaction\nALTER TABLE users VALIDATE CONSTRAINT users_plan_id_fkey;',
  same: { squawk: 'adding-foreign-key-constraint', strongMigrations: 'add_foreign_key' },
  check: (site) =>
    addedConstraints(site, 'CONSTR_FOREIGN')
      .filter(({ constraint }) => !constraint.skip_validation && constraint.is_enforced !== false)
      .map(({ table, on, constraint, index, relation }) => {
        const what = `This foreign key reads all of ${on} while nobody can write to it, or to ${nameText(nameOfRelation(constraint.pktable))}`;
        const name = quoted(constraintOf(table, constraint)?.name ?? '');
        // NOT VALID on a partitioned table is new in 18.
        if (relation?.partitionBy && (site.major ?? 0) < 18)
          return { what, table, next: `add the foreign key to each partition first, NOT VALID and then VALIDATE; last of all to ${on}` };
        return { what, table, ...fixOf(site, addNotValid(table, name, constraintText(site, index)), index) };
      }),
};
