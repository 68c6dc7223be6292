import type { Node } from 'libpg-query';
import { nameOfRelation } from '../../sql/effects/names.ts';
import { apart, isUsed, nameText } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'change-under-lock',
  class: 'transaction',
  on: ['DeleteStmt', 'InsertStmt', 'MergeStmt', 'SelectStmt', 'UpdateStmt'],
  title: 'Rows changed while a strong lock is held',
  why: 'the lock of the statement before is held until COMMIT, so others wait as long as the rows take',
  given: 'CREATE TABLE users (id bigint, name text);',
  bad: "ALTER TABLE users ADD COLUMN email text;\nUPDATE users SET email = '' WHERE email IS NULL;",
  good: "ALTER TABLE users ADD COLUMN email text;\n-- part: transaction\nUPDATE users SET email = '' WHERE email IS NULL;",
  same: { strongMigrations: 'backfill' },
  check: (site) => {
    const { node, schema, held } = site;
    const changed = targetOf(node);
    if (!changed || !isUsed(schema, changed) || held.size === 0) return [];
    const own = held.get(schema.keyed(changed));
    const [other] = own ? [own] : held.values();
    if (!other) return [];
    const who = other.mode === 'AccessExclusive' ? 'Everybody' : 'Whoever writes';
    const what = `${who} waits for ${nameText(other.table)}, locked by ${other.by}, until these rows of ${nameText(changed)} are changed`;
    return [{ what, table: changed, ...apart(site, site.text) }];
  },
};

function targetOf(node: Node) {
  if ('UpdateStmt' in node) return nameOfRelation(node.UpdateStmt.relation);
  if ('DeleteStmt' in node) return nameOfRelation(node.DeleteStmt.relation);
  if ('MergeStmt' in node) return nameOfRelation(node.MergeStmt.relation);
  // A list of values is short.
  if (!('InsertStmt' in node) || !node.InsertStmt.selectStmt || !('SelectStmt' in node.InsertStmt.selectStmt)) return undefined;
  return node.InsertStmt.selectStmt.SelectStmt.fromClause ? nameOfRelation(node.InsertStmt.relation) : undefined;
}
