import type { Node } from 'libpg-query';
import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { commandsOf } from '../../sql/effects/names.ts';
import { alterations, isUsed, list, nameText, sameColumns } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import type { Relation, TableIndex } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'drop-key',
  class: 'compat',
  on: ['AlterTableStmt', 'DropStmt'],
  title: 'DROP of a primary key, or of what keeps values unique',
  why: 'INSERT … ON CONFLICT on its columns fails with 42P10, doubles come in, and without its primary key a published table refuses UPDATE and DELETE with 55000',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);',
  bad: 'ALTER TABLE users DROP CONSTRAINT users_email_key;',
  good: 'CREATE UNIQUE INDEX CONCURRENTLY users_email_once ON users (email);\nALTER TABLE users DROP CONSTRAINT users_email_key;',
  check: (site) => (site.isAfterDeploy ? [] : [...droppedConstraints(site), ...droppedIndexes(site)]),
};

const droppedConstraints = (site: Site): readonly Hit[] =>
  alterations(site, 'AT_DropConstraint').flatMap(({ relation, command }) => {
    const index = relation?.indexes.find(({ constraint }) => constraint === command.name);
    return relation && index ? judge(site, relation, index) : [];
  });

const droppedIndexes = (site: Site): readonly Hit[] =>
  'DropStmt' in site.node && site.node.DropStmt.removeType === 'OBJECT_INDEX'
    ? droppedRelations(site.node.DropStmt).flatMap((name) => {
        const found = site.schema.findIndex(name);
        return found?.index.isPlain && isUsed(site.schema, found.table) ? judge(site, found.table, found.index) : [];
      })
    : [];

function judge(site: Site, table: Relation, index: TableIndex): readonly Hit[] {
  if (!index.isUnique || table.indexes.some((one) => one !== index && isSameKey(one, index)) || addsKey(site)) return [];
  return [
    {
      what: `Nothing keeps ${nameText(table)} (${list(index.columns)}) unique any more, and ON CONFLICT on it fails`,
      table,
      next: '-- Phase: after-deploy   in the header: it waits until no code leans on it; where none does: -- lint-allow drop-key: why',
    },
  ];
}

const isSameKey = (one: TableIndex, other: TableIndex): boolean =>
  one.isUnique && one.isPlain && one.isValid && sameColumns(one.columns, other.columns);

/** Another key comes in the same transaction: which one code needs then is a decision. */
const addsKey = ({ node, after }: Site): boolean =>
  [node, ...after].some(
    (one: Node) =>
      ('IndexStmt' in one && one.IndexStmt.unique === true) ||
      ('AlterTableStmt' in one &&
        commandsOf(one.AlterTableStmt).some(
          ({ def }) => def && 'Constraint' in def && ['CONSTR_UNIQUE', 'CONSTR_PRIMARY'].includes(def.Constraint.contype ?? ''),
        )),
  );
