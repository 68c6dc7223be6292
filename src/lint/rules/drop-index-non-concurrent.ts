import { droppedRelations } from '../../sql/effects/changed-relations.ts';
import { alone, fixOf, nameText } from '../rule/look.ts';
import type { Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'drop-index-non-concurrent',
  class: 'lock-brief',
  on: ['DropStmt'],
  title: 'DROP INDEX without CONCURRENTLY',
  why: 'ACCESS EXCLUSIVE on the table: every query queues behind it for as long as it waits for those that run',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text);\nCREATE INDEX users_email ON users (email);',
  bad: 'DROP INDEX users_email;',
  good: 'DROP INDEX CONCURRENTLY users_email;',
  same: { squawk: 'require-concurrent-index-deletion', strongMigrations: 'remove_index' },
  check: (site) => {
    if (!('DropStmt' in site.node) || site.node.DropStmt.removeType !== 'OBJECT_INDEX' || site.node.DropStmt.concurrent) return [];
    const { behavior, missing_ok } = site.node.DropStmt;
    const names = droppedRelations(site.node.DropStmt);
    const used = names.filter((name) => isOnUsed(site, name));
    if (used.length === 0) return [];
    const [table] = used.map((name) => site.schema.findIndex(name)?.table);
    const what = `The table of ${used.map(nameText).join(', ')} is locked for everybody while this waits for its turn`;
    const steps = names.map((name) => alone(`DROP INDEX CONCURRENTLY ${missing_ok ? 'IF EXISTS ' : ''}${nameText(name)}`));
    const isPlain = behavior !== 'DROP_CASCADE' && !table?.partitionBy;
    return [
      {
        what,
        ...(table && { table }),
        ...(isPlain ? fixOf(site, steps) : { next: 'a partitioned index has no CONCURRENTLY form: drop it when little goes on' }),
      },
    ];
  },
};

function isOnUsed({ schema }: Site, name: Parameters<typeof nameText>[0]): boolean {
  const found = schema.findIndex(name);
  if (found) return !(found.table.isNew || found.table.isTemporary || found.index.constraint);
  return schema.source === 'files';
}
