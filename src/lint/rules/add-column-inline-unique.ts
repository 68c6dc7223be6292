import type { FixStep } from '../../model/finding.ts';
import { columnClauses, without } from '../edit/column-clauses.ts';
import { type AddedColumn, addedColumns, commandText, fixOf, hasConstraint, inTransaction, quoted } from '../rule/look.ts';
import { keySteps } from '../rule/online-steps.ts';
import type { Rule, Site } from '../rule/rule.ts';
import { constraintOf } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'add-column-inline-unique',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new column with UNIQUE or PRIMARY KEY',
  why: 'its index is built under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE users (id bigint);',
  bad: 'ALTER TABLE users ADD COLUMN email text UNIQUE;',
  good: 'ALTER TABLE users ADD COLUMN email text;\n-- part: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);\n-- part: transaction\nALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;',
  same: { squawk: 'disallowed-unique-constraint', strongMigrations: 'add_unique_constraint' },
  check: (site) =>
    addedColumns(site)
      .filter((added) => hasConstraint(added, 'CONSTR_UNIQUE') || hasConstraint(added, 'CONSTR_PRIMARY'))
      .map((added) => ({
        what: `The index of ${added.on}.${quoted(added.name)} is built while nobody can use the table`,
        table: added.table,
        ...(hasConstraint(added, 'CONSTR_UNIQUE') ? fixOf(site, stepsFor(site, added), added.index) : { next: NEXT }),
      })),
};

const NEXT =
  'add the column, fill it, make it NOT NULL, build its unique index with CREATE UNIQUE INDEX CONCURRENTLY, and then ADD PRIMARY KEY USING INDEX';

function stepsFor(site: Site, { table, on, name, index, constraints }: AddedColumn): readonly FixStep[] {
  const text = columnClauses(commandText(site, index));
  const unique = constraints.find(({ contype }) => contype === 'CONSTR_UNIQUE');
  const key = { name: (unique && constraintOf(table, unique, name)?.name) ?? '', columns: [name], kind: 'UNIQUE' as const };
  const rest = `${unique?.deferrable ? ' DEFERRABLE' : ''}${unique?.initdeferred ? ' INITIALLY DEFERRED' : ''}`;
  const index_ = unique?.nulls_not_distinct ? ' NULLS NOT DISTINCT' : '';
  return [inTransaction(`ALTER TABLE ${on} ${without(text, 'UNIQUE')}`), ...keySteps(table, { ...key, rest, index: index_ })];
}
