import { wordOf } from '../../sql/effects/names.ts';
import { addedColumns, addedConstraints, list, nameText } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import type { Relation } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'foreign-key-without-index',
  class: 'policy',
  on: ['AlterTableStmt'],
  title: 'A foreign key without an index on its columns',
  why: 'each DELETE and each UPDATE of the key in the other table reads all of this one',
  given: 'CREATE TABLE plans (id bigint PRIMARY KEY);\nCREATE TABLE users (id bigint, plan_id bigint);',
  bad: 'ALTER TABLE users ADD CONSTRAINT plan FOREIGN KEY (plan_id) REFERENCES plans (id) NOT VALID;',
  good: 'CREATE INDEX users_plan ON users (plan_id);\nALTER TABLE users ADD CONSTRAINT plan FOREIGN KEY (plan_id) REFERENCES plans (id) NOT VALID;',
  check: (site) => [
    ...addedConstraints(site, 'CONSTR_FOREIGN').flatMap(({ table, constraint, relation }) =>
      judge(site, { table, columns: (constraint.fk_attrs ?? []).map(wordOf), relation }),
    ),
    ...addedColumns(site).flatMap(({ table, name, constraints, relation }) =>
      constraints.some(({ contype }) => contype === 'CONSTR_FOREIGN') ? judge(site, { table, columns: [name], relation }) : [],
    ),
  ],
};

interface Key {
  readonly table: NonNullable<Hit['table']>;
  readonly columns: readonly string[];
  readonly relation: Relation | undefined;
}

function judge({ after }: Site, { table, columns, relation }: Key): readonly Hit[] {
  const covers = (leading: readonly string[]): boolean => columns.every((column) => leading.slice(0, columns.length).includes(column));
  const isIndexed = relation?.indexes.some((one) => one.isValid && covers(one.columns));
  const comes = after.some(
    (node) =>
      'IndexStmt' in node &&
      covers((node.IndexStmt.indexParams ?? []).map((one) => ('IndexElem' in one ? (one.IndexElem.name ?? '') : ''))),
  );
  if (isIndexed || comes) return [];
  return [
    {
      what: `No index of ${nameText(table)} begins with ${list(columns)}`,
      table,
      next: `CREATE INDEX CONCURRENTLY … ON ${nameText(table)} (${list(columns)});`,
    },
  ];
}
