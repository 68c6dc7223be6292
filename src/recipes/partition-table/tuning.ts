import { attachedTo } from '../recipe/attached.ts';
import type { Look, Table } from '../recipe/look.ts';

/** How the columns are counted, said of another table with the same ones, and of its partitions. */
export const tuningOf = (look: Look, table: Table, other: string): readonly string[] =>
  look
    .columns(table)
    .flatMap((column) => attachedTo(look, { ...table, full: other }, column).map((about) => about(column.name)))
    .filter((sql) => sql.startsWith('ALTER TABLE'));
