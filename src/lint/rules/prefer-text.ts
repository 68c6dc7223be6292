import type { Rule } from '../rule/rule.ts';
import { newColumns } from './new-columns.ts';

export const rule: Rule = {
  id: 'prefer-text',
  class: 'style',
  on: ['AlterTableStmt', 'CreateStmt'],
  title: 'varchar(n) and char(n)',
  why: 'a shorter limit rewrites the table later, and char(n) fills up with blanks; text with a CHECK does neither',
  bad: 'CREATE TABLE users (name varchar(10));',
  good: 'CREATE TABLE users (name text);',
  same: { squawk: 'prefer-text-field' },
  check: (site) =>
    newColumns(
      site,
      ({ type }) => type?.name === 'bpchar' || (type?.name === 'varchar' && type.mods.length > 0),
      (name) => ({ what: `${name} has a limit in its type`, next: 'text, with a CHECK (length(…) <= …) where there is a limit' }),
    ),
};
