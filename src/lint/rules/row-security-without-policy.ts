import { nameOfRelation } from '../../sql/effects/names.ts';
import { alterations } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'row-security-without-policy',
  class: 'compat',
  on: ['AlterTableStmt'],
  title: 'ENABLE ROW LEVEL SECURITY without a policy',
  why: 'without a policy nobody but the owner sees a row, from COMMIT on and without an error',
  given: 'CREATE TABLE users (id bigint, tenant_id bigint);',
  bad: 'ALTER TABLE users ENABLE ROW LEVEL SECURITY;',
  good: 'CREATE POLICY own_rows ON users USING (tenant_id = 1);\nALTER TABLE users ENABLE ROW LEVEL SECURITY;',
  check: (site) =>
    alterations(site, 'AT_EnableRowSecurity').flatMap(({ table, on }) => {
      const isCovered = [...site.before, ...site.after].some(
        (node) => 'CreatePolicyStmt' in node && nameOfRelation(node.CreatePolicyStmt.table).name === table.name,
      );
      return isCovered
        ? []
        : [
            {
              what: `Nobody but its owner sees a row of ${on} any more`,
              table,
              next: `CREATE POLICY … ON ${on} …;   in the same transaction`,
            },
          ];
    }),
};
