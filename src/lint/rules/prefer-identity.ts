import type { Rule } from '../rule/rule.ts';
import { isSerial } from '../schema/column-types.ts';

export const rule: Rule = {
  id: 'prefer-identity',
  class: 'style',
  on: ['CreateStmt'],
  title: 'serial',
  why: 'its sequence has grants and an owner of its own, and anybody may write the column; an identity is part of the table',
  bad: 'CREATE TABLE users (id bigserial PRIMARY KEY);',
  good: 'CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);',
  same: { squawk: 'prefer-identity' },
  check: ({ node }) =>
    'CreateStmt' in node
      ? (node.CreateStmt.tableElts ?? []).flatMap((one) =>
          'ColumnDef' in one && isSerial(one.ColumnDef.typeName)
            ? [{ what: `${one.ColumnDef.colname} is a serial`, next: 'bigint GENERATED ALWAYS AS IDENTITY' }]
            : [],
        )
      : [],
};
