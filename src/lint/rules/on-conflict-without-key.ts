import { nameOfRelation } from '../../sql/effects/names.ts';
import { nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'on-conflict-without-key',
  class: 'runtime-error',
  on: ['InsertStmt'],
  title: 'ON CONFLICT on columns that nothing keeps unique',
  why: 'without a unique index of exactly these columns the statement fails with 42P10',
  given: 'CREATE TABLE plans (id bigint PRIMARY KEY, name text);\nCREATE TABLE users (id bigint PRIMARY KEY, email text);',
  bad: 'INSERT INTO users (id, email) SELECT id, name FROM plans ON CONFLICT (email) DO NOTHING;',
  good: 'INSERT INTO users (id, email) SELECT id, name FROM plans ON CONFLICT (id) DO NOTHING;',
  check: ({ node, schema }) => {
    if (!('InsertStmt' in node)) return [];
    const { relation, onConflictClause } = node.InsertStmt;
    const elements = onConflictClause?.infer?.indexElems ?? [];
    const names = elements.map((one) => ('IndexElem' in one ? one.IndexElem.name : undefined));
    const table = schema.find(nameOfRelation(relation));
    if (names.length === 0 || names.some((name) => name === undefined) || !table?.isWhole || table.kind !== 'table') return [];
    const key = [...(names as readonly string[])].sort().join();
    // One with a WHERE or an operator class might do.
    if (table.indexes.some(({ isUnique, columns }) => isUnique && [...columns].sort().join() === key)) return [];
    const on = `${nameText(nameOfRelation(relation))} (${(names as readonly string[]).map(quoted).join(', ')})`;
    return [
      {
        what: `No unique index of ${on}: the statement fails with 42P10`,
        next: `CREATE UNIQUE INDEX CONCURRENTLY … ON ${on};   before it`,
      },
    ];
  },
};
