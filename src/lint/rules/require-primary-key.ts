import { nameOfRelation } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'require-primary-key',
  class: 'policy',
  on: ['CreateStmt'],
  title: 'A table without a primary key',
  why: 'logical replication can neither update nor delete its rows, and nothing tells two equal ones apart',
  bad: 'CREATE TABLE users (id bigint);',
  good: 'CREATE TABLE users (id bigint PRIMARY KEY);',
  check: ({ node }) => {
    if (!('CreateStmt' in node) || node.CreateStmt.partbound || node.CreateStmt.relation?.relpersistence === 't') return [];
    const table = nameOfRelation(node.CreateStmt.relation);
    const isLike =
      (node.CreateStmt.tableElts ?? []).some((one) => 'TableLikeClause' in one) || (node.CreateStmt.inhRelations ?? []).length > 0;
    if (isLike || JSON.stringify(node.CreateStmt).includes('"CONSTR_PRIMARY"')) return [];
    return [{ what: `${nameText(table)} has no primary key`, table, next: 'id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY' }];
  },
};
