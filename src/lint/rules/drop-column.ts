import { commandsOf, nameOfRelation } from '../../sql/effects/names.ts';
import { type Alteration, alterations, nameText, quoted } from '../rule/look.ts';
import type { Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-column',
  class: 'data-loss',
  on: ['AlterTableStmt'],
  title: 'DROP COLUMN',
  why: 'its values are gone, and code that runs now and names it fails with 42703',
  given: 'CREATE TABLE users (id bigint, name text);',
  bad: 'ALTER TABLE users DROP COLUMN name;',
  good: 'ALTER TABLE users ALTER COLUMN name DROP NOT NULL;',
  same: { squawk: 'ban-drop-column', strongMigrations: 'remove_column' },
  check: (site) =>
    (site.isAfterDeploy ? [] : [...alterations(site, 'AT_DropColumn'), ...droppedAttributes(site)]).map(({ table, on, command }) => ({
      what: `The values of ${on}.${quoted(command.name ?? '')} are gone, and code that names it fails`,
      table,
      next: `-- Phase: after-deploy   in the header: it waits until no code names ${quoted(command.name ?? '')} any more; where none does: -- lint-allow drop-column: why`,
    })),
};

/** Of a composite type: every column of the type loses what it held there. */
function droppedAttributes({ node, schema }: Site): readonly Pick<Alteration, 'table' | 'on' | 'command'>[] {
  if (!('AlterTableStmt' in node) || node.AlterTableStmt.objtype !== 'OBJECT_TYPE') return [];
  const table = nameOfRelation(node.AlterTableStmt.relation);
  if (!table || !schema.usersOfType(table)[0]) return [];
  return commandsOf(node.AlterTableStmt).flatMap((command) =>
    command.subtype === 'AT_DropColumn' ? [{ table, on: nameText(table), command }] : [],
  );
}
