import type { Constraint } from 'libpg-query';
import { wordOf } from '../../sql/effects/names.ts';
import { type AddedConstraint, addedConstraints, fixOf, list } from '../rule/look.ts';
import { keySteps } from '../rule/online-steps.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import { constraintOf } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'add-unique-constraint',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new UNIQUE constraint',
  why: 'its index is built under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text);',
  bad: 'ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);',
  good: '-- part: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);\n-- part: transaction\nALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;',
  same: { squawk: 'disallowed-unique-constraint', strongMigrations: 'add_unique_constraint' },
  check: (site) =>
    addedConstraints(site, 'CONSTR_UNIQUE')
      .filter(({ constraint }) => !constraint.indexname)
      .map((added) => hitOf(site, added)),
};

function hitOf(site: Site, { table, on, constraint, index, relation }: AddedConstraint): Hit {
  const columns = (constraint.keys ?? []).map(wordOf);
  const what = `The index of this constraint on ${on} (${list(columns)}) is built while nobody can use the table`;
  if (relation?.partitionBy || constraint.without_overlaps)
    return {
      what,
      table,
      next: `build the index on each partition with CREATE UNIQUE INDEX CONCURRENTLY, then ON ONLY ${on}, and ATTACH them`,
    };
  const name = constraintOf(table, constraint)?.name ?? '';
  return { what, table, ...fixOf(site, keySteps(table, { name, columns, kind: 'UNIQUE', ...restOf(constraint) }), index) };
}

/** What the index has to have, and what stands behind the constraint. */
export function restOf(constraint: Constraint): { readonly index: string; readonly rest: string } {
  const including = (constraint.including ?? []).map(wordOf);
  return {
    index: `${including.length > 0 ? ` INCLUDE (${list(including)})` : ''}${constraint.nulls_not_distinct ? ' NULLS NOT DISTINCT' : ''}`,
    rest: `${constraint.deferrable ? ' DEFERRABLE' : ''}${constraint.initdeferred ? ' INITIALLY DEFERRED' : ''}`,
  };
}
