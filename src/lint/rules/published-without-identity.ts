import type { Node, PublicationObjSpec } from 'libpg-query';
import { commandsOf, nameOfRelation } from '../../sql/effects/names.ts';
import { alterations, isUsed, nameText } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import type { Relation } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'published-without-identity',
  class: 'compat',
  on: ['AlterTableStmt', 'CreatePublicationStmt', 'AlterPublicationStmt'],
  title: 'A published table without a replica identity',
  why: 'UPDATE and DELETE on it fail with 55000: a published row has to be found on the other side (manual: logical-replication-publication)',
  given: 'CREATE TABLE events (id bigint, note text);',
  bad: 'CREATE PUBLICATION changes FOR TABLE events;',
  good: 'ALTER TABLE events REPLICA IDENTITY FULL;\nCREATE PUBLICATION changes FOR TABLE events;',
  check: (site) => [...published(site), ...withoutIdentity(site)],
};

const hit = (table: { readonly schema?: string; readonly name: string }): Hit => ({
  what: `UPDATE and DELETE on ${nameText(table)} fail from then on`,
  table,
  next: `give ${nameText(table)} a primary key; or, at the price of whole rows in the log: ALTER TABLE ${nameText(table)} REPLICA IDENTITY FULL;`,
});

const withoutIdentity = (site: Site): readonly Hit[] =>
  alterations(site, 'AT_ReplicaIdentity').flatMap(({ table, relation, command: { def } }) =>
    def && 'ReplicaIdentityStmt' in def && def.ReplicaIdentityStmt.identity_type === 'n' && relation?.isPublished !== false
      ? [hit(table)]
      : [],
  );

/** Of an UPDATE that is not published nobody asks how to find its row. */
function published(site: Site): readonly Hit[] {
  const { node, schema } = site;
  const statement =
    'CreatePublicationStmt' in node ? node.CreatePublicationStmt : 'AlterPublicationStmt' in node ? node.AlterPublicationStmt : undefined;
  if (!statement || /"defname":"publish","arg":\{"String":\{"sval":"\s*insert\s*"/.test(JSON.stringify(statement))) return [];
  if ('action' in statement && statement.action === 'AP_DropObjects') return [];
  const named = (statement.pubobjects ?? []).flatMap((one) => tableOf(one));
  return named.flatMap((name) => {
    const relation = schema.find(name);
    return relation && isUsed(schema, name) && lacksIdentity(relation) && !isGivenOne(site, name.name) ? [hit(name)] : [];
  });
}

function tableOf(one: Node) {
  const object: PublicationObjSpec = 'PublicationObjSpec' in one ? one.PublicationObjSpec : {};
  return object.pubtable?.relation ? [nameOfRelation(object.pubtable.relation)] : [];
}

const lacksIdentity = ({ kind, isWhole, constraints, replicaIdentity = 'd' }: Relation): boolean =>
  kind === 'table' &&
  (replicaIdentity === 'n' || (replicaIdentity === 'd' && isWhole && !constraints.some((one) => one.kind === 'primary')));

const isGivenOne = ({ before, after }: Site, name: string): boolean =>
  [...before, ...after].some(
    (node) =>
      'AlterTableStmt' in node &&
      nameOfRelation(node.AlterTableStmt.relation)?.name === name &&
      commandsOf(node.AlterTableStmt).some(({ subtype }) => subtype === 'AT_ReplicaIdentity'),
  );
