import { nameOfRelation } from '../../sql/effects/names.ts';
import { alone, fixOf, isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'create-index-non-concurrent',
  class: 'lock-long',
  on: ['IndexStmt'],
  title: 'CREATE INDEX without CONCURRENTLY',
  why: 'nobody writes to the table (SHARE) until the index is built',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text);',
  bad: 'CREATE INDEX users_email ON users (email);',
  good: 'CREATE INDEX CONCURRENTLY users_email ON users (email);',
  same: { squawk: 'require-concurrent-index-creation', strongMigrations: 'add_index' },
  check: (site) => {
    if (!('IndexStmt' in site.node) || site.node.IndexStmt.concurrent) return [];
    const { relation, if_not_exists, idxname } = site.node.IndexStmt;
    const table = nameOfRelation(relation);
    const known = site.schema.find(table);
    // ON ONLY of a partitioned table is an index without rows, to which those of the partitions are attached.
    const isOnly = relation?.inh !== true;
    const isThere = if_not_exists && known?.indexes.some(({ name }) => name === idxname);
    // Nobody writes to a materialized view.
    if (!isUsed(site.schema, table) || isOnly || isThere || known?.kind === 'matview') return [];
    const what = `Nobody can write to ${nameText(table)} until this index is built`;
    if (known?.partitionBy)
      return [
        {
          what,
          table,
          next: `CREATE INDEX … ON ONLY ${nameText(table)}; then CREATE INDEX CONCURRENTLY on each partition; then ALTER INDEX … ATTACH PARTITION each`,
        },
      ];
    return [{ what, table, ...fixOf(site, [alone(concurrently(site.text))]) }];
  },
};

// IF NOT EXISTS would take an INVALID index for done.
const concurrently = (sql: string): string => sql.replace(/^(CREATE\s+(?:UNIQUE\s+)?INDEX)(?:\s+IF\s+NOT\s+EXISTS)?/i, '$1 CONCURRENTLY');
