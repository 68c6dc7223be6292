import type { Node } from 'libpg-query';
import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { nameOfRelation } from '../../sql/effects/names.ts';
import { isUsed, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { keyOf, type TableIndex } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'replace-index-order',
  class: 'correctness',
  on: ['DropStmt', 'IndexStmt'],
  severity: 'warning',
  title: 'An index dropped before the one that replaces it is built',
  why: 'until the new one is built, queries that used the old one read the whole table',
  given: 'CREATE TABLE users (id bigint, email text, name text);\nCREATE INDEX users_email ON users (email);',
  bad: 'DROP INDEX CONCURRENTLY users_email;\nCREATE INDEX CONCURRENTLY users_email_name ON users (email, name);',
  good: 'CREATE INDEX CONCURRENTLY users_email_name ON users (email, name);\nDROP INDEX CONCURRENTLY users_email;',
  same: { strongMigrations: 'remove_index' },
  check: ({ node, schema, before }) => {
    if (!('IndexStmt' in node)) return [];
    const table = nameOfRelation(node.IndexStmt.relation);
    const relation = schema.find(table);
    const columns = (node.IndexStmt.indexParams ?? []).map((one) => ('IndexElem' in one ? (one.IndexElem.name ?? '') : ''));
    const gone = relation && schema.droppedIndexes.get(keyOf(relation.schema, relation.name))?.find((old) => isReplaced(old, columns));
    // What one transaction does nobody sees in between.
    if (!gone || !isUsed(schema, table) || before.some((one) => drops(one, gone.name))) return [];
    const next = `put the DROP of ${quoted(gone.name)} behind this statement on ${nameText(table)}`;
    return [{ what: `${quoted(gone.name)} is gone before this index, which is to answer the same queries, is built`, table, next }];
  },
};

const isReplaced = (old: TableIndex, columns: readonly string[]): boolean =>
  columns[0] !== '' && old.columns[0] === columns[0] && old.columns.every((column) => columns.includes(column));

const drops = (node: Node, name: string): boolean => 'DropStmt' in node && droppedRelations(node.DropStmt).some((one) => one.name === name);
