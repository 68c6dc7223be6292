import type { Rule } from '../rule/rule.ts';
import { newColumns } from './new-columns.ts';

export const rule: Rule = {
  id: 'prefer-bigint',
  class: 'style',
  on: ['AlterTableStmt', 'CreateStmt'],
  title: 'integer as a key or a number that grows',
  why: 'an integer ends at 2,147,483,647, and to change it later rewrites the table',
  bad: 'CREATE TABLE users (id integer);',
  good: 'CREATE TABLE users (id bigint);',
  same: { squawk: 'prefer-bigint-over-int' },
  check: (site) =>
    newColumns(
      site,
      ({ type }) => ['int2', 'int4'].includes(type?.name ?? ''),
      (name) => ({ what: `${name} is an integer, which ends at 2,147,483,647`, next: 'bigint' }),
    ),
};
