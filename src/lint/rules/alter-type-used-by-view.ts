import { alterations, nameText, quoted } from '../rule/look.ts';
import type { Rule, Site } from '../rule/rule.ts';
import { keyOf, type Relation } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'alter-type-used-by-view',
  class: 'runtime-error',
  on: ['AlterTableStmt'],
  title: 'A change of the type of a column that a view reads',
  why: 'PostgreSQL refuses it with 0A000, even where the types are stored alike',
  given: 'CREATE TABLE users (id bigint, name varchar(10));\nCREATE VIEW names AS SELECT name FROM users;',
  bad: 'ALTER TABLE users ALTER COLUMN name TYPE varchar(20);',
  good: 'DROP VIEW names;\nALTER TABLE users ALTER COLUMN name TYPE varchar(20);\nCREATE VIEW names AS SELECT name FROM users;',
  check: (site) =>
    alterations(site, 'AT_AlterColumnType').flatMap(({ table, on, relation, command }) =>
      viewsOn(site, relation, command.name ?? '').map((view) => ({
        what: `The view ${nameText(view)} reads ${on}.${quoted(command.name ?? '')}: the statement fails with 0A000`,
        table,
        next: `DROP VIEW ${nameText(view)};   before it, and CREATE VIEW ${nameText(view)} … with its grants behind it, in the same transaction`,
      })),
    ),
};

/** Views that read a column, of those that are known. */
export function viewsOn({ schema }: Site, relation: Relation | undefined, column: string): readonly Relation[] {
  if (!relation) return [];
  const key = keyOf(relation.schema, relation.name);
  return [...schema.relations.values()].filter(({ reads = [] }) =>
    reads.some((one) => one.relation === key && one.columns?.includes(column)),
  );
}
