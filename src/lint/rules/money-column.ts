import type { Rule } from '../rule/rule.ts';
import { newColumns } from './new-columns.ts';

export const rule: Rule = {
  id: 'money-column',
  class: 'style',
  on: ['AlterTableStmt', 'CreateStmt'],
  title: 'A column of type money',
  why: 'what it prints and reads depends on lc_monetary of each server',
  bad: 'CREATE TABLE users (balance money);',
  good: 'CREATE TABLE users (balance numeric(12, 2));',

  check: (site) =>
    newColumns(
      site,
      ({ type }) => type?.name === 'money',
      (name) => ({ what: `${name} is money, which depends on lc_monetary`, next: 'numeric(12, 2)' }),
    ),
};
