import { nameOfRelation } from '../../sql/effects/names.ts';
import { addedColumns, quoted } from '../rule/look.ts';
import type { Hit, Site } from '../rule/rule.ts';
import { columnOf } from '../schema/replay-table.ts';
import type { Column } from '../schema/schema.ts';

/** Columns that a CREATE TABLE or an ALTER TABLE writes down, on new tables too. */
export function newColumns(site: Site, isMeant: (column: Column) => boolean, tell: (name: string) => Hit): readonly Hit[] {
  const { node } = site;
  const written =
    'CreateStmt' in node ? (node.CreateStmt.tableElts ?? []) : addedColumns(site).map(({ definition }) => ({ ColumnDef: definition }));
  const table = 'CreateStmt' in node ? nameOfRelation(node.CreateStmt.relation) : undefined;
  return written.flatMap((element) => {
    if (!('ColumnDef' in element)) return [];
    const column = columnOf(element.ColumnDef);
    return isMeant(column) ? [{ ...tell(quoted(column.name)), ...(table && { table }) }] : [];
  });
}
