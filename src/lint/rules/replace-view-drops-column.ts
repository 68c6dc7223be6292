import { nameOfRelation, wordOf } from '../../sql/effects/names.ts';
import { list, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { columnsOfQuery } from '../schema/replay.ts';

export const rule: Rule = {
  id: 'replace-view-drops-column',
  class: 'runtime-error',
  on: ['ViewStmt'],
  title: 'CREATE OR REPLACE VIEW with other columns',
  why: 'columns may only be added behind those that are there: anything else fails with 42P16',
  given: 'CREATE TABLE users (id bigint, name text);\nCREATE VIEW people AS SELECT id, name FROM users;',
  bad: 'CREATE OR REPLACE VIEW people AS SELECT id FROM users;',
  good: 'CREATE OR REPLACE VIEW people AS SELECT id, name, lower(name) AS lower FROM users;',
  check: ({ node, schema }) => {
    if (!('ViewStmt' in node) || !node.ViewStmt.replace) return [];
    const { view, query, aliases = [] } = node.ViewStmt;
    const name = nameOfRelation(view);
    const known = schema.find(name);
    const now = aliases.length > 0 ? aliases.map(wordOf) : columnsOfQuery(query);
    if (known?.kind !== 'view' || !known.isWhole || !now) return [];
    const old = [...known.columns.keys()];
    if (old.every((column, i) => now[i] === column)) return [];
    return [
      {
        what: `${nameText(name)} has the columns ${list(old)}: the statement fails with 42P16`,
        next: `DROP VIEW ${nameText(name)};   before it, and its grants again behind it`,
      },
    ];
  },
};
