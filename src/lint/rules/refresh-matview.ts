import { nameOfRelation } from '../../sql/effects/names.ts';
import { fixOf, inTransaction, isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'refresh-matview',
  class: 'lock-long',
  on: ['RefreshMatViewStmt'],
  title: 'REFRESH MATERIALIZED VIEW without CONCURRENTLY',
  why: 'nobody reads the view (ACCESS EXCLUSIVE) until its query has run',
  given:
    'CREATE TABLE users (id bigint);\nCREATE MATERIALIZED VIEW people AS SELECT id FROM users;\nCREATE UNIQUE INDEX people_id ON people (id);',
  bad: 'REFRESH MATERIALIZED VIEW people;',
  good: 'REFRESH MATERIALIZED VIEW CONCURRENTLY people;',
  same: { strongMigrations: 'refresh_materialized_view' },
  check: (site) => {
    if (!('RefreshMatViewStmt' in site.node)) return [];
    const { concurrent, skipData, relation } = site.node.RefreshMatViewStmt;
    const table = nameOfRelation(relation);
    const known = site.schema.find(table);
    if (!isUsed(site.schema, table)) return [];
    const hasKey = known?.indexes.some(({ isUnique, isPlain }) => isUnique && isPlain);
    const need = `CREATE UNIQUE INDEX CONCURRENTLY … ON ${nameText(table)} (…);   first: CONCURRENTLY needs a unique index without WHERE on columns`;
    if (concurrent)
      return known && known.kind === 'matview' && !hasKey
        ? [{ what: `${nameText(table)} has no unique index: the statement fails with 55000`, table, next: need }]
        : [];
    if (skipData)
      return [
        {
          what: `Whoever reads ${nameText(table)} fails with 55000 until it is refreshed again`,
          severity: 'warning',
          table,
          next: 'leave WITH NO DATA out',
        },
      ];
    const what = `Nobody can read ${nameText(table)} until its query has run`;
    if (known && !hasKey) return [{ what, table, next: need }];
    return [{ what, table, ...fixOf(site, [inTransaction(site.text.replace(/^(REFRESH\s+MATERIALIZED\s+VIEW)/i, '$1 CONCURRENTLY'))]) }];
  },
};
