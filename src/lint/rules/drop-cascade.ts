import { wordOf } from '../../sql/effects/names.ts';
import type { Rule } from '../rule/rule.ts';

const KINDS: Readonly<Record<string, string>> = {
  OBJECT_TYPE: 'the type, and every column that has it',
  OBJECT_DOMAIN: 'the domain, and every column that has it',
  OBJECT_EXTENSION: 'the extension, and every column, index and default that needs it',
  OBJECT_FUNCTION: 'the function, and every default, generated column, index, view and trigger that calls it',
  OBJECT_AGGREGATE: 'the aggregate, and every view that calls it',
  OBJECT_OPERATOR: 'the operator, and every index and view that uses it',
  OBJECT_COLLATION: 'the collation, and every column that has it',
  OBJECT_SEQUENCE: 'the sequence, and every default that takes numbers from it',
  OBJECT_VIEW: 'the view, and every view upon it',
  OBJECT_MATVIEW: 'the view, and every view upon it',
  OBJECT_TABLE: 'the table, and every foreign key to it and view upon it',
  OBJECT_LANGUAGE: 'the language, and every function in it',
  OBJECT_OPCLASS: 'the operator class, and every index that uses it',
};

export const rule: Rule = {
  id: 'drop-cascade',
  class: 'data-loss',
  on: ['DropStmt'],
  title: 'DROP … CASCADE',
  why: 'what hangs on it goes silently: columns with their values, indexes, defaults, views',
  given: "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE users (id bigint, mood mood);",
  bad: 'DROP TYPE mood CASCADE;',
  good: 'ALTER TABLE users ALTER COLUMN mood TYPE text;\nDROP TYPE mood;',
  same: { squawk: 'ban-drop-table' },
  check: ({ node, schema }) => {
    if (!('DropStmt' in node) || node.DropStmt.behavior !== 'DROP_CASCADE') return [];
    const { removeType = '', objects = [] } = node.DropStmt;
    const kind = KINDS[removeType];
    const isNew = objects.every((object) => 'List' in object && schema.find({ name: wordOf(object.List.items?.at(-1)) })?.isNew);
    if (!kind || isNew) return [];
    return [
      {
        what: `CASCADE drops ${kind}, without a word`,
        next: 'without CASCADE PostgreSQL lists what is in the way; drop that by name first',
      },
    ];
  },
};
