// Partitions to come: made apart and attached, so that nobody waits (manual: ddl-partitioning, Partition Maintenance).
import type { Column } from '../../draft/read-state.ts';
import type { Look, Table } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { RecipeFile } from '../recipe/recipe.ts';
import { EXCLUSIVE, moment } from '../recipe/steps.ts';
import { boundOf } from './bound.ts';
import { labelOf, next, type Period } from './periods.ts';
import { tuningOf } from './tuning.ts';

export interface Ahead {
  readonly look: Look;
  readonly table: Table;
  readonly column: Column;
  /** The DEFAULT partition, with its schema. */
  readonly rest: string;
  readonly from: Date;
  readonly every: Period;
  readonly count: number;
  /** Tables that foreign keys of the table refer to. */
  readonly others: readonly string[];
}

interface Range {
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
}

function rangesOf({ look, table, from, every, count }: Ahead): readonly Range[] {
  const ranges: Range[] = [];
  for (let start = from; ranges.length < count; start = next(start, every)) {
    const name = look.free(table.schema, [unquoted(table.name)], labelOf(start, every));
    ranges.push({ name: `${table.schema}.${name}`, from: start, to: next(start, every) });
  }
  return ranges;
}

export function aheadFile(ahead: Ahead, title: string): RecipeFile {
  const { table, column, rest, every, others } = ahead;
  const { full } = table;
  const ranges = rangesOf(ahead);
  const bound = (date: Date): string => boundOf(date, column.type);
  const [first, last] = [ranges[0]?.from ?? ahead.from, ranges.at(-1)?.to ?? ahead.from];
  return {
    title,
    description: `partitions of ${full} to come, each a ${every}`,
    why: [
      `Those after them: npm run migrate:make -- --recipe partition-table ${full} every=${every}`,
      `Rows in the way: SELECT * FROM ${rest} WHERE ${column.name} >= ${bound(first)} AND ${column.name} < ${bound(last)} LIMIT 10;`,
    ],
    up: [
      {
        does: `${ranges.length} partitions from ${bound(first)} to ${bound(last)}`,
        sql: makeSql(ahead, ranges),
        locks: `SHARE UPDATE EXCLUSIVE on ${full}, ${EXCLUSIVE} on ${rest}${others.length > 0 ? `, SHARE ROW EXCLUSIVE on ${others.join(', ')}` : ''}`,
        lasts: 'moment',
      },
    ],
    down: [moment(`they go, and their rows are in ${rest}`, full, backSql(ahead, ranges))],
    loses: { down: ranges.map(({ name }) => `${name}: its rows are in ${rest}`) },
  };
}

function makeSql({ look, table, column }: Ahead, ranges: readonly Range[]): string {
  const { full } = table;
  const make = ranges.flatMap(({ name }) => [
    `CREATE TABLE ${name} (LIKE ${full} INCLUDING ALL EXCLUDING IDENTITY EXCLUDING COMMENTS);`,
    ...tuningOf(look, table, name),
  ]);
  const bound = (date: Date): string => boundOf(date, column.type);
  // Behind all that takes longer, so that the DEFAULT partition is locked for them alone.
  const attach = ranges.map(
    ({ name, from, to }) => `ALTER TABLE ${full} ATTACH PARTITION ${name} FOR VALUES FROM (${bound(from)}) TO (${bound(to)});`,
  );
  return [...make, ...attach].join('\n');
}

/** Out of the table, where no trigger of its own meets the rows that move. */
function backSql({ look, table, rest }: Ahead, ranges: readonly Range[]): string {
  const columns = look
    .columns(table)
    .filter(({ value }) => !value.startsWith(' GENERATED'))
    .map(({ name }) => name)
    .join(', ');
  const back = ranges.map(
    ({ name }) =>
      `ALTER TABLE ${table.full} DETACH PARTITION ${name};\nINSERT INTO ${rest} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${name};\nDROP TABLE ${name};`,
  );
  return [
    `ALTER TABLE ${table.full} DETACH PARTITION ${rest};`,
    ...back,
    `ALTER TABLE ${table.full} ATTACH PARTITION ${rest} DEFAULT;`,
  ].join('\n');
}
