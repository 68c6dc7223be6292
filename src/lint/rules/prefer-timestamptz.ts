import type { Rule } from '../rule/rule.ts';
import { newColumns } from './new-columns.ts';

export const rule: Rule = {
  id: 'prefer-timestamptz',
  class: 'style',
  on: ['AlterTableStmt', 'CreateStmt'],
  title: 'timestamp without time zone',
  why: 'it keeps no instant: what it means depends on who reads it',
  bad: 'CREATE TABLE users (at timestamp);',
  good: 'CREATE TABLE users (at timestamptz);',
  same: { squawk: 'prefer-timestamptz' },
  check: (site) =>
    newColumns(
      site,
      ({ type }) => type?.name === 'timestamp',
      (name) => ({ what: `${name} is a timestamp without a time zone`, next: 'timestamptz' }),
    ),
};
