import { findOption, isOn, nameOfRelation } from '../../sql/effects/names.ts';
import { alone, fixOf, isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'reindex-non-concurrent',
  class: 'lock-long',
  on: ['ReindexStmt'],
  title: 'REINDEX without CONCURRENTLY',
  why: 'nobody writes to the table (SHARE), and nobody uses the index (ACCESS EXCLUSIVE), until it is built anew',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY);',
  bad: 'REINDEX TABLE users;',
  good: 'REINDEX TABLE CONCURRENTLY users;',
  same: { squawk: 'require-concurrent-reindex' },
  check: (site) => {
    if (!('ReindexStmt' in site.node)) return [];
    const { kind, relation, params } = site.node.ReindexStmt;
    const name = nameOfRelation(relation);
    if (isOn(findOption(params, 'concurrently'), false) || kind === 'REINDEX_OBJECT_SYSTEM') return [];
    const table = kind === 'REINDEX_OBJECT_INDEX' ? site.schema.findIndex(name)?.table : site.schema.find(name);
    if (table ? table.isNew || table.isTemporary : relation && !isUsed(site.schema, name)) return [];
    const concurrent = site.text.replace(/^(REINDEX\s+(?:\([^)]*\)\s*)?(?:TABLE|INDEX|SCHEMA|DATABASE))/i, '$1 CONCURRENTLY');
    return [
      {
        what: `Nobody can write to ${relation ? nameText(table ?? name) : 'its tables'} until this is done`,
        ...(relation && { table: table ?? name }),
        ...fixOf(site, [alone(concurrent)]),
      },
    ];
  },
};
