import { nameOfRelation, namesOfRelations } from '../../sql/effects/names.ts';
import { fixOf, inTransaction, isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'create-partition-of',
  class: 'lock-brief',
  on: ['CreateStmt'],
  title: 'CREATE TABLE … PARTITION OF',
  why: 'it takes ACCESS EXCLUSIVE on the partitioned table, and on its DEFAULT partition, which it reads whole; ATTACH lets everybody work on the parent',
  given: 'CREATE TABLE events (at date) PARTITION BY RANGE (at);',
  bad: "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
  good: "CREATE TABLE events_2026 (LIKE events INCLUDING ALL);\nALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
  check: (site) => {
    if (!('CreateStmt' in site.node) || !site.node.CreateStmt.partbound) return [];
    const { relation, inhRelations, tableElts, partspec } = site.node.CreateStmt;
    const [parent] = namesOfRelations(inhRelations);
    if (!parent || !isUsed(site.schema, parent)) return [];
    const what = `${nameText(parent)} is locked for everybody while this waits for its turn`;
    const bounds = /\b(FOR\s+VALUES\b[\s\S]*|DEFAULT\s*)$/i.exec(site.text.trimEnd().replace(/;$/, ''))?.[1]?.trim();
    const name = nameText(nameOfRelation(relation));
    const rest = /\b(?:WITH\s*\(|TABLESPACE\b|USING\b)/i.test(bounds ?? '');
    if (!bounds || rest || partspec || (tableElts ?? []).length > 0)
      return [
        {
          what,
          table: parent,
          next: `make ${name} with LIKE ${nameText(parent)} INCLUDING ALL, and then ALTER TABLE ${nameText(parent)} ATTACH PARTITION ${name} …`,
        },
      ];
    const sql = [
      `CREATE TABLE ${name} (LIKE ${nameText(parent)} INCLUDING ALL)`,
      `ALTER TABLE ${nameText(parent)} ATTACH PARTITION ${name} ${bounds}`,
    ];
    return [{ what, table: parent, ...fixOf(site, [inTransaction(...sql)]) }];
  },
};
