import type { Node } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import { nameOfRelation } from '../../sql/effects/names.ts';
import { fixOf, inTransaction, isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

const KINDS = ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE'];

export const rule: Rule = {
  id: 'rename-table',
  class: 'compat',
  on: ['AlterObjectSchemaStmt', 'RenameStmt'],
  title: 'A table or view that gets another name or schema',
  why: 'code that runs now, and that is rolled out or back meanwhile, says the old name and fails with 42P01',
  given: 'CREATE TABLE users (id bigint);',
  bad: 'ALTER TABLE users RENAME TO accounts;',
  good: 'ALTER TABLE users RENAME TO accounts;\nCREATE VIEW users AS SELECT * FROM accounts;',
  same: { squawk: 'renaming-table', strongMigrations: 'rename_table' },
  check: (site) => {
    const renamed = renameOf(site.node);
    // A view of the old name in the same transaction answers to it (manual: sql-createview, Updatable Views).
    if (!renamed || !isUsed(site.schema, renamed.from) || site.after.some((node) => makesView(node, renamed.from))) return [];
    const [old, now] = [nameText(renamed.from), nameText(renamed.to)];
    const sql = inTransaction(site.text, `CREATE VIEW ${old} AS SELECT * FROM ${now}`);
    return [{ what: `Code that says ${old} fails from then on`, table: renamed.from, ...fixOf(site, [sql]) }];
  },
};

function renameOf(node: Node): { readonly from: ObjectName; readonly to: ObjectName } | undefined {
  if ('RenameStmt' in node && KINDS.includes(node.RenameStmt.renameType ?? '')) {
    const from = nameOfRelation(node.RenameStmt.relation);
    return { from, to: { ...from, name: node.RenameStmt.newname ?? '' } };
  }
  if (!('AlterObjectSchemaStmt' in node) || !KINDS.includes(node.AlterObjectSchemaStmt.objectType ?? '')) return undefined;
  const from = nameOfRelation(node.AlterObjectSchemaStmt.relation);
  return { from, to: { name: from.name, schema: node.AlterObjectSchemaStmt.newschema ?? '' } };
}

const makesView = (node: Node, { schema, name }: ObjectName): boolean => {
  if (!('ViewStmt' in node)) return false;
  const made = nameOfRelation(node.ViewStmt.view);
  return made.name === name && (made.schema ?? 'public') === (schema ?? 'public');
};
