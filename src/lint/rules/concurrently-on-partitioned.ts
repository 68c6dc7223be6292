import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { nameOfRelation } from '../../sql/effects/names.ts';
import { nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'concurrently-on-partitioned',
  class: 'runtime-error',
  on: ['DropStmt', 'IndexStmt'],
  title: 'CONCURRENTLY on a partitioned table',
  why: 'an index of a partitioned table can neither be built nor dropped concurrently: the statement fails with 0A000',
  given:
    "CREATE TABLE events (at date) PARTITION BY RANGE (at);\nCREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
  bad: 'CREATE INDEX CONCURRENTLY events_at ON events (at);',
  good: 'CREATE INDEX events_at ON ONLY events (at);',
  check: ({ node, schema }) => {
    if ('IndexStmt' in node && node.IndexStmt.concurrent) {
      const table = nameOfRelation(node.IndexStmt.relation);
      if (!schema.find(table)?.partitionBy) return [];
      const next = `CREATE INDEX … ON ONLY ${nameText(table)}; then CREATE INDEX CONCURRENTLY on each partition; then ALTER INDEX … ATTACH PARTITION each`;
      return [{ what: `${nameText(table)} is partitioned: the statement fails`, table, next }];
    }
    if (!('DropStmt' in node) || !node.DropStmt.concurrent) return [];
    return droppedRelations(node.DropStmt)
      .filter((name) => schema.findIndex(name)?.table.partitionBy)
      .map((name) => ({
        what: `${nameText(name)} is the index of a partitioned table: the statement fails`,
        next: `DROP INDEX ${nameText(name)};   when little goes on`,
      }));
  },
};
