import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { fixOf, inTransaction, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-index-of-constraint',
  class: 'runtime-error',
  on: ['DropStmt'],
  title: 'DROP INDEX of the index of a constraint',
  why: 'the index belongs to a constraint: the statement fails with 2BP01',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);',
  bad: 'DROP INDEX users_email_key;',
  good: 'ALTER TABLE users DROP CONSTRAINT users_email_key;',
  check: (site) => {
    if (!('DropStmt' in site.node) || site.node.DropStmt.removeType !== 'OBJECT_INDEX') return [];
    return droppedRelations(site.node.DropStmt).flatMap((name) => {
      const found = site.schema.findIndex(name);
      if (!found?.index.constraint) return [];
      const sql = `ALTER TABLE ${nameText({ ...found.table })} DROP CONSTRAINT ${quoted(found.index.constraint)}`;
      return [
        {
          what: `${nameText(name)} is the index of a constraint: the statement fails with 2BP01`,
          table: found.table,
          ...fixOf(site, [inTransaction(sql)]),
        },
      ];
    });
  },
};
