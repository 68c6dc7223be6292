import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { fixOf, inTransaction, isUsed, nameText, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-table-locks-others',
  class: 'lock-brief',
  on: ['DropStmt'],
  title: 'DROP TABLE of a table with foreign keys',
  why: 'ACCESS EXCLUSIVE on every table that it refers to as well, all at once',
  given:
    'CREATE TABLE plans (id bigint PRIMARY KEY);\nCREATE TABLE regions (id bigint PRIMARY KEY);\nCREATE TABLE users (plan_id bigint REFERENCES plans, region_id bigint REFERENCES regions);',
  bad: 'DROP TABLE users;',
  good: 'ALTER TABLE users DROP CONSTRAINT users_plan_id_fkey;\n-- part: transaction\nALTER TABLE users DROP CONSTRAINT users_region_id_fkey;\n-- part: transaction\nDROP TABLE users;',
  check: (site) => {
    if (!('DropStmt' in site.node) || site.node.DropStmt.removeType !== 'OBJECT_TABLE') return [];
    const names = droppedRelations(site.node.DropStmt);
    return names.flatMap((name) => {
      const relation = site.schema.find(name);
      if (!relation || !isUsed(site.schema, name)) return [];
      const own = names.map((one) => site.schema.keyed(one));
      const keys = relation.constraints.filter(
        ({ references }) => references && !own.includes(site.schema.keyed(references.table)) && isUsed(site.schema, references.table),
      );
      const others = [...new Set(keys.map(({ references }) => (references ? nameText(references.table) : '')))];
      if (others.length < 2) return [];
      const drops = keys.map((key) => inTransaction(`ALTER TABLE ${nameText(name)} DROP CONSTRAINT ${quoted(key.name)}`));
      return [
        {
          what: `${others.join(' and ')} are locked for everybody together with ${nameText(name)}`,
          table: name,
          ...fixOf(site, [...drops, inTransaction(site.text)]),
        },
      ];
    });
  },
};
