// The new table, with what was said of the columns.
import type { Column } from '../../draft/read-state.ts';
import { attachedTo } from '../recipe/attached.ts';
import type { Look } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { Moved } from './moved.ts';
import type { Wish } from './wish.ts';

export const listOf = (columns: readonly Column[], of = ''): string => columns.map(({ name }) => `${of}${name}`).join(', ');

export function makeYoung(look: Look, wish: Wish, moved: Moved): readonly string[] {
  const { table, into, key, columns } = wish;
  const lines = [
    ...key.map(({ name, type, collate }) => `  ${name} ${type}${collate}`),
    ...columns.map(({ name, type, collate, value, notNull }) => `  ${name} ${type}${collate}${value}${notNull}`),
    `  PRIMARY KEY (${listOf(key)})`,
    `  FOREIGN KEY (${listOf(key)}) REFERENCES ${table.full} (${listOf(key)}) ON UPDATE CASCADE ON DELETE CASCADE`,
  ];
  return [`CREATE TABLE ${into.full} (\n${lines.join(',\n')}\n);`, ...saidOf(look, wish), ...moved.young];
}

/** Owner, grants, comments, and how columns are kept and counted. */
function saidOf(look: Look, { table, into, key, columns }: Wish): readonly string[] {
  const about = look.state.statements.filter((one) => one.key === table.key);
  const has = [...key, ...columns].map(({ name }) => unquoted(name));
  const ofColumn = (name: string): boolean => has.some((one) => name.endsWith(`.${one}`));
  return [
    ...about.flatMap(({ rank, sql }) =>
      rank === 'owner' && sql ? [sql.replace(`ALTER TABLE ${table.full} `, () => `ALTER TABLE ${into.full} `)] : [],
    ),
    ...about.flatMap(({ rank, name, sql }) =>
      rank === 'grant' && sql && (!/^(?:GRANT|REVOKE) [A-Z]+ \(/.test(sql) || ofColumn(name))
        ? [sql.replace(` ON TABLE ${table.full} `, () => ` ON TABLE ${into.full} `)]
        : [],
    ),
    ...columns.flatMap((column) => commentOf(look, { table, into }, column)),
    ...columns
      .flatMap((column) => attachedTo(look, { ...table, full: into.full }, column).map((said) => said(column.name)))
      .filter((sql) => sql.startsWith('ALTER TABLE')),
    ...columns.flatMap(({ name, storage }) =>
      storage === 'EXTERNAL' ? [`ALTER TABLE ${into.full} ALTER COLUMN ${name} SET STORAGE EXTERNAL;`] : [],
    ),
    ...columns.flatMap(({ name, compression }) =>
      compression === 'default' ? [] : [`ALTER TABLE ${into.full} ALTER COLUMN ${name} SET COMPRESSION ${compression};`],
    ),
  ];
}

function commentOf(look: Look, { table, into }: Pick<Wish, 'table' | 'into'>, { name }: Column): readonly string[] {
  const head = `COMMENT ON COLUMN ${table.full}.${name} IS `;
  return look.state.statements.flatMap(({ key, rank, sql }) =>
    key === table.key && rank === 'comment' && sql?.startsWith(head)
      ? [`COMMENT ON COLUMN ${into.full}.${name} IS ${sql.slice(head.length)}`]
      : [],
  );
}
