import type { Rule } from '../rule/rule.ts';
import { newColumns } from './new-columns.ts';

export const rule: Rule = {
  id: 'json-column',
  class: 'style',
  on: ['AlterTableStmt', 'CreateStmt'],
  title: 'A column of type json',
  why: 'json has no equality: SELECT DISTINCT, GROUP BY and UNION on it fail; jsonb has',
  bad: 'CREATE TABLE users (settings json);',
  good: 'CREATE TABLE users (settings jsonb);',
  same: { strongMigrations: 'add_column_json' },
  check: (site) =>
    newColumns(
      site,
      ({ type }) => type?.name === 'json',
      (name) => ({ what: `${name} is json, which has no equality`, next: 'jsonb' }),
    ),
};
