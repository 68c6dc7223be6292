import { nameOfRelation } from '../../sql/effects/names.ts';
import { isUsed, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { keyOf } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'replace-index-order',
  class: 'correctness',
  severity: 'warning',
  title: 'An index dropped before the one that replaces it is built',
  why: 'until the new one is built, queries that used the old one read the whole table',
  given: 'CREATE TABLE users (id bigint, email text, name text);\nCREATE INDEX users_email ON users (email);',
  bad: 'DROP INDEX CONCURRENTLY users_email;\nCREATE INDEX CONCURRENTLY users_email_name ON users (email, name);',
  good: 'CREATE INDEX CONCURRENTLY users_email_name ON users (email, name);\nDROP INDEX CONCURRENTLY users_email;',
  same: { strongMigrations: 'remove_index' },
  check: ({ node, schema }) => {
    if (!('IndexStmt' in node)) return [];
    const table = nameOfRelation(node.IndexStmt.relation);
    const relation = schema.find(table);
    const [first] = (node.IndexStmt.indexParams ?? []).map((one) => ('IndexElem' in one ? one.IndexElem.name : undefined));
    const gone =
      relation &&
      (schema.droppedIndexes.get(keyOf(relation.schema, relation.name)) ?? []).find(
        ({ columns }) => first !== undefined && columns[0] === first,
      );
    if (!gone || !isUsed(schema, table)) return [];
    return [
      {
        what: `${quoted(gone.name)} is gone before this index, which begins with the same column, is built`,
        table,
        next: `put the DROP of ${quoted(gone.name)} behind this statement on ${nameText(table)}`,
      },
    ];
  },
};
