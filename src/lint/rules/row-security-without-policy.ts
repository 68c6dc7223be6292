import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { commandsOf, nameOfRelation } from '../../sql/effects/names.ts';
import { alterations, isUsed, nameText } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'row-security-without-policy',
  class: 'compat',
  on: ['AlterTableStmt', 'CreatePolicyStmt', 'DropStmt'],
  title: 'ENABLE or FORCE ROW LEVEL SECURITY without a policy, and policies that hide rows',
  why: 'what no policy shows is not there, from COMMIT on and without an error; only the owner is spared, and not with FORCE',
  given: 'CREATE TABLE users (id bigint, tenant_id bigint);',
  bad: 'ALTER TABLE users ENABLE ROW LEVEL SECURITY;',
  good: 'CREATE POLICY own_rows ON users USING (tenant_id = 1);\nALTER TABLE users ENABLE ROW LEVEL SECURITY;',
  check: (site) => [
    ...alterations(site, 'AT_EnableRowSecurity', 'AT_ForceRowSecurity').flatMap(({ table, on, command }) => {
      const nobody = command.subtype === 'AT_EnableRowSecurity' ? 'Nobody but its owner' : 'Not even its owner';
      const hit = { what: `${nobody} sees a row of ${on} any more`, table, next: `CREATE POLICY … ON ${on} …;   in the same transaction` };
      return isCovered(site, table.name) ? [] : [hit];
    }),
    ...narrowed(site),
  ],
};

const isCovered = ({ before, after }: Site, table: string): boolean =>
  [...before, ...after].some((node) => 'CreatePolicyStmt' in node && nameOfRelation(node.CreatePolicyStmt.table).name === table);

/** A policy that goes, and one that the others do not outweigh. */
function narrowed(site: Site): readonly Hit[] {
  const { node, schema } = site;
  if ('CreatePolicyStmt' in node && node.CreatePolicyStmt.permissive !== true)
    return [nameOfRelation(node.CreatePolicyStmt.table)]
      .filter((table) => isUsed(schema, table))
      .map((table) => ({
        what: `Rows of ${nameText(table)} that this policy does not let through are gone for code that runs now`,
        table,
        next: 'let the application follow the policy first',
      }));
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_POLICY') return [];
  return droppedRelations(node.DropStmt)
    .filter((table) => isUsed(schema, table) && !isCovered(site, table.name) && !isOpened(site, table.name))
    .map((table) => ({
      what: `Rows of ${nameText(table)} that only this policy showed are gone for code that runs now`,
      table,
      next: `CREATE POLICY … ON ${nameText(table)} …;   in the same transaction`,
    }));
}

const isOpened = ({ before, after }: Site, table: string): boolean =>
  [...before, ...after].some(
    (node) =>
      'AlterTableStmt' in node &&
      nameOfRelation(node.AlterTableStmt.relation)?.name === table &&
      commandsOf(node.AlterTableStmt).some(({ subtype }) => subtype === 'AT_DisableRowSecurity'),
  );
