import type { Column } from '../../draft/read-state.ts';
import { partOf } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import { outside, recipeCommand } from '../recipe/refuse.ts';

/** How a row finds its tenant. */
export interface Path {
  /** Of the table. */
  readonly column: Column;
  /** Of the parent: the name of its key, and its tenant. */
  readonly key: string;
  readonly tenant: Column;
}

interface Both {
  readonly table: Table;
  readonly parent: Table;
}

/** @throws LockstepError where not every row leads to one tenant */
export function findPath(look: Look, { table, parent }: Both, wanted: string): Path {
  const tenant = look.findColumn(parent, wanted);
  if (!tenant)
    throw outside(`${parent.full} has no ${wanted}`, `begin with its own parent: ${recipeCommand('add-tenant-id', `${parent.full} …`)}`);
  if (tenant.notNull === '')
    throw outside(`${parent.full}.${wanted} may be NULL`, recipeCommand('set-not-null', `${parent.full}.${wanted}`));
  if (table.key === parent.key) throw outside(`${table.full} cannot be its own parent`, recipeCommand('add-tenant-id', 'items orders'));
  const keys = look.state.statements.flatMap((one) => {
    const part = one.rank === 'foreign key' && one.name.startsWith(`${table.full}.`) ? partOf(look, one) : undefined;
    const [, from, to] = new RegExp(`^FOREIGN KEY \\((.*?)\\) REFERENCES ${escaped(parent.full)}\\((.*?)\\)`).exec(part?.body ?? '') ?? [];
    return from !== undefined && to !== undefined ? [{ from, to }] : [];
  });
  const [key, second] = keys;
  if (!key || second)
    throw outside(
      key ? `${table.full} refers to ${parent.full} more than once` : `${table.full} does not refer to ${parent.full}`,
      key ? 'write the SQL by hand, with the one that counts' : recipeCommand('add-foreign-key', `${table.full}.… ${parent.full}.id`),
    );
  const column = look.findColumn(table, unquoted(key.from));
  if (!column) throw outside(`${table.full} refers to ${parent.full} by several columns`, 'write the SQL by hand');
  if (column.notNull === '')
    throw outside(
      `${table.full}.${column.name} may be NULL, and such a row has no tenant`,
      recipeCommand('set-not-null', `${table.full}.${column.name}`),
    );
  return { column, key: key.to, tenant };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
