import { alterations, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { viewsOn } from './alter-type-used-by-view.ts';

export const rule: Rule = {
  id: 'drop-column-used-by-view',
  class: 'runtime-error',
  on: ['AlterTableStmt'],
  title: 'DROP COLUMN of a column that a view reads',
  why: 'PostgreSQL refuses it with 2BP01; with CASCADE it drops the view',
  given: 'CREATE TABLE users (id bigint, name text);\nCREATE VIEW names AS SELECT name FROM users;',
  bad: 'ALTER TABLE users DROP COLUMN name;',
  good: 'DROP VIEW names;\nALTER TABLE users DROP COLUMN name;',
  check: (site) =>
    alterations(site, 'AT_DropColumn').flatMap(({ table, on, relation, command }) =>
      viewsOn(site, relation, command.name ?? '').map((view) => {
        const isCascade = command.behavior === 'DROP_CASCADE';
        const goes = isCascade ? 'it is dropped as well' : 'the statement fails with 2BP01';
        return {
          what: `The view ${nameText(view)} reads ${on}.${quoted(command.name ?? '')}: ${goes}`,
          table,
          ...(isCascade && { severity: 'warning' as const }),
          next: `DROP VIEW ${nameText(view)};   before it, and CREATE VIEW ${nameText(view)} … without the column behind it`,
        };
      }),
    ),
};
