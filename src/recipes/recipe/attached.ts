import type { Column } from '../../draft/read-state.ts';
import type { Look, Table } from './look.ts';
import { unquoted } from './names.ts';
import { renameIn } from './rename-in.ts';

/** What is said of a column, as SQL about another one: its comment, its grants, how it is counted. */
export function attachedTo(look: Look, table: Table, column: Column): readonly ((name: string) => string)[] {
  const { full, key } = table;
  const said = look.state.statements.flatMap(({ key: about, rank, name, sql }): readonly ((to: string) => string)[] => {
    if (about !== key || sql === null) return [];
    const head = `COMMENT ON COLUMN ${full}.${column.name} IS `;
    if (rank === 'comment' && sql.startsWith(head)) return [(to) => `COMMENT ON COLUMN ${full}.${to} IS ${sql.slice(head.length)}`];
    if (rank === 'grant' && name.endsWith(`.${unquoted(column.name)}`) && sql.includes(' ('))
      return [(to) => renameIn(sql, column.name, to)];
    return [];
  });
  const alter = (to: string): string => `ALTER TABLE ${full} ALTER COLUMN ${to}`;
  return [
    ...said,
    ...(column.statistics >= 0 ? [(to: string) => `${alter(to)} SET STATISTICS ${column.statistics};`] : []),
    ...(column.options.length > 0 ? [(to: string) => `${alter(to)} SET (${column.options.join(', ')});`] : []),
  ];
}
