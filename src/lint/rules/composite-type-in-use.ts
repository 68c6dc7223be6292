import { commandsOf, nameOfRelation } from '../../sql/effects/names.ts';
import { nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'composite-type-in-use',
  class: 'runtime-error',
  on: ['AlterTableStmt'],
  title: 'Another type for an attribute of a composite type that a table uses',
  why: 'PostgreSQL cannot write values within a column anew: the statement fails with 0A000',
  given: 'CREATE TYPE address AS (street text, zip text);\nCREATE TABLE users (id bigint, home address);',
  bad: 'ALTER TYPE address ALTER ATTRIBUTE zip TYPE integer;',
  good: 'ALTER TYPE address ADD ATTRIBUTE zip_number integer;',
  check: ({ node, schema }) => {
    if (!('AlterTableStmt' in node) || node.AlterTableStmt.objtype !== 'OBJECT_TYPE') return [];
    const type = nameOfRelation(node.AlterTableStmt.relation);
    const [user] = type ? schema.usersOfType(type) : [];
    if (!type || !user) return [];
    return commandsOf(node.AlterTableStmt)
      .filter(({ subtype }) => subtype === 'AT_AlterColumnType')
      .map(({ name = '' }) => ({
        what: `${nameText(user)} has a column of the type ${nameText(type)}: its ${quoted(name)} cannot get another type`,
        next: 'add an attribute of the new type, fill it, and let the code use that',
      }));
  },
};
