import type { AlterTableCmd, Node } from 'libpg-query';
import { commandsOf, nameOfRelation } from '../../sql/effects/names.ts';
import { alterations, quoted } from '../rule/look.ts';
import type { Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-default-needed',
  class: 'compat',
  on: ['AlterTableStmt'],
  title: 'DROP DEFAULT or DROP IDENTITY of a column that is NOT NULL',
  why: 'code that runs now and leaves the column out fails with 23502',
  given: 'CREATE TABLE users (id bigint, state text NOT NULL DEFAULT $$new$$);',
  bad: 'ALTER TABLE users ALTER COLUMN state DROP DEFAULT;',
  good: 'ALTER TABLE users ALTER COLUMN state SET DEFAULT $$fresh$$;',
  check: (site) =>
    (site.isAfterDeploy ? [] : alterations(site, 'AT_ColumnDefault', 'AT_DropIdentity'))
      .filter(
        ({ command, column }) => !command.def && column?.notNull && (column.hasDefault || column.isIdentity) && !comesBack(site, command),
      )
      .map(({ table, on, command }) => ({
        what: `Code that leaves out ${on}.${quoted(command.name ?? '')} fails from then on`,
        table,
        next: '-- Phase: after-deploy   in the header: it waits until all code gives a value',
      })),
};

/** `DROP DEFAULT, ALTER COLUMN … TYPE, SET DEFAULT`: the way to another type. */
const comesBack = ({ node, after }: Site, dropped: AlterTableCmd): boolean =>
  [node, ...after].some((one) =>
    commandsOn(one, node).some(
      ({ subtype, name, def }) => name === dropped.name && (subtype === 'AT_AddIdentity' || (subtype === 'AT_ColumnDefault' && def)),
    ),
  );

const commandsOn = (node: Node, same: Node): readonly AlterTableCmd[] =>
  'AlterTableStmt' in node &&
  'AlterTableStmt' in same &&
  nameOfRelation(node.AlterTableStmt.relation)?.name === nameOfRelation(same.AlterTableStmt.relation)?.name
    ? commandsOf(node.AlterTableStmt)
    : [];
