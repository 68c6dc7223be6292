import { wordOf } from '../../sql/effects/names.ts';
import { type AddedConstraint, addedConstraints, fixOf, inTransaction, list, quoted } from '../rule/look.ts';
import { keySteps, notNullSteps } from '../rule/online-steps.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import { constraintOf } from '../schema/replay-table.ts';
import { restOf } from './add-unique-constraint.ts';
import { isProved } from './set-not-null.ts';

export const rule: Rule = {
  id: 'add-primary-key',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'A new primary key',
  why: 'its index is built under ACCESS EXCLUSIVE, and where a column may be NULL every row is looked at as well',
  given: 'CREATE TABLE users (id bigint NOT NULL);',
  bad: 'ALTER TABLE users ADD PRIMARY KEY (id);',
  good: '-- part: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY users_pkey ON users (id);\n-- part: transaction\nALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;',
  same: { squawk: 'adding-serial-primary-key-field', strongMigrations: 'add_primary_key' },
  check: (site) =>
    addedConstraints(site, 'CONSTR_PRIMARY').flatMap((added) =>
      added.constraint.indexname ? usingIndex(site, added) : [hitOf(site, added)],
    ),
};

function hitOf(site: Site, { table, on, constraint, index, relation }: AddedConstraint): Hit {
  const columns = (constraint.keys ?? []).map(wordOf);
  const what = `The index of this primary key on ${on} (${list(columns)}) is built while nobody can use the table`;
  const name = constraintOf(table, constraint)?.name ?? '';
  const filled = columns.filter((column) => !(relation?.columns.get(column)?.notNull || isProved(relation, column)));
  const steps = [
    ...filled.flatMap((column) => notNullSteps(site, table, column)),
    ...keySteps(table, { name, columns, kind: 'PRIMARY KEY', ...restOf(constraint) }),
  ];
  return { what, table, ...fixOf(site, steps, index) };
}

/** The index is there already, but NOT NULL is not. */
function usingIndex(site: Site, { table, on, constraint, index, relation }: AddedConstraint): readonly Hit[] {
  const built = relation?.indexes.find(({ name }) => name === constraint.indexname);
  const open = (built?.columns ?? []).filter((column) => !(relation?.columns.get(column)?.notNull || isProved(relation, column)));
  if (open.length === 0) return [];
  const key = `ADD CONSTRAINT ${quoted(constraint.conname ?? constraint.indexname ?? '')} PRIMARY KEY USING INDEX ${quoted(constraint.indexname ?? '')}`;
  const steps = [...open.flatMap((column) => notNullSteps(site, table, column)), inTransaction(`ALTER TABLE ${on} ${key}`)];
  return [
    {
      what: `${on} (${list(open)}) may be NULL, so this primary key reads the whole table while nobody can use it`,
      table,
      ...fixOf(site, steps, index),
    },
  ];
}
