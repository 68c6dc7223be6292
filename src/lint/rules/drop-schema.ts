import { wordOf } from '../../sql/effects/names.ts';
import { quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-schema',
  class: 'data-loss',
  on: ['DropOwnedStmt', 'DropStmt', 'DropdbStmt'],
  severity: 'error',
  title: 'DROP SCHEMA, DATABASE or OWNED',
  why: 'more goes than the statement names',
  given: 'CREATE SCHEMA shop;\nCREATE TABLE shop.orders (id bigint);',
  bad: 'DROP SCHEMA shop CASCADE;',
  good: 'DROP TABLE shop.orders;\nDROP SCHEMA shop;',
  same: { squawk: 'ban-drop-database' },
  check: ({ node, schema }) => {
    if ('DropdbStmt' in node) return [{ what: `The database ${node.DropdbStmt.dbname ?? ''} is gone with all that is in it`, next: NEXT }];
    if ('DropOwnedStmt' in node) return [{ what: 'Everything that these roles own in this database is gone', next: NEXT }];
    if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_SCHEMA' || node.DropStmt.behavior !== 'DROP_CASCADE') return [];
    const names = (node.DropStmt.objects ?? []).map(wordOf);
    const inside = [...schema.relations.values()].filter((one) => names.includes(one.schema));
    if (inside.length > 0 && inside.every(({ isNew }) => isNew)) return [];
    return [
      {
        what: `Everything in ${names.map(quoted).join(', ')} is gone`,
        next: 'drop what is in it by name, and then the schema without CASCADE',
      },
    ];
  },
};

const NEXT = 'take it out of the migration: this is done by hand, once, by somebody who looks';
