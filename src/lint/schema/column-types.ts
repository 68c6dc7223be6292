import type { TypeName } from 'libpg-query';
import { nameOfList, wordOf } from '../../sql/effects/names.ts';
import type { Column, ColumnType, Schema } from './schema.ts';

const ALIASES: Readonly<Record<string, string>> = {
  serial: 'int4',
  serial4: 'int4',
  bigserial: 'int8',
  serial8: 'int8',
  smallserial: 'int2',
  serial2: 'int2',
};

export const isSerial = (type: TypeName | undefined): boolean => type !== undefined && Object.hasOwn(ALIASES, wordOf(type.names?.at(-1)));

export function typeOf(type: TypeName | undefined): ColumnType | undefined {
  if (!type) return undefined;
  const { schema, name } = nameOfList(type.names);
  const mods = (type.typmods ?? []).map((mod) => Number(wordOf(mod)));
  return {
    ...(schema && schema !== 'pg_catalog' && { schema }),
    name: ALIASES[name] ?? name,
    mods,
    isArray: (type.arrayBounds ?? []).length > 0,
  };
}

/** As people write it: `varchar(10)[]`. */
export const typeText = ({ name, mods, isArray }: ColumnType): string =>
  `${SPOKEN[name] ?? name}${mods.length > 0 ? `(${mods.join(',')})` : ''}${isArray ? '[]' : ''}`;

const SPOKEN: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  bpchar: 'char',
};

/** What ALTER COLUMN … TYPE does to the rows: nothing, or a new table, or it depends on what is not known here. */
export type TypeChange = 'free' | 'rewrite' | 'unknown';

const TIMES = ['timestamp', 'timestamptz', 'time', 'timetz', 'interval'];

/** Types whose values are stored alike, so that one is taken for the other (pg_cast.castmethod b; citext's casts). */
const ALIKE: ReadonlySet<string> = new Set(
  'varchar>text text>varchar citext>text text>citext citext>varchar varchar>citext cidr>inet xml>text xml>varchar int4>oid oid>int4 oid>regclass regclass>oid'.split(
    ' ',
  ),
);

/**
 * After ATColumnChangeRequiresRewrite in PostgreSQL's sources and the support functions of the length coercions (manual: sql-altertable, Notes);
 * each line is a form of the truth table.
 * @param isUtc whether the session's time zone is known to be UTC, under which timestamp and timestamptz are stored alike
 */
export function changeOfType(from: ColumnType, to: ColumnType, isUtc: boolean): TypeChange {
  if (from.isArray !== to.isArray) return 'rewrite';
  if (from.name === to.name && same(from.mods, to.mods)) return 'free';
  if (from.isArray) return 'rewrite';
  if (from.name === to.name) return widens(from, to) ? 'free' : 'rewrite';
  if (`${from.name}>${to.name}` === 'timestamp>timestamptz' || `${from.name}>${to.name}` === 'timestamptz>timestamp')
    return isUtc && to.mods.length === 0 ? 'free' : 'rewrite';
  return ALIKE.has(`${from.name}>${to.name}`) && to.mods.length === 0 ? 'free' : 'rewrite';
}

/** Types that share an order, of those that are stored alike: an index on the column stays. One that computes from the column never does. */
const ORDERED_ALIKE: readonly (readonly string[])[] = [
  ['varchar', 'text'],
  ['cidr', 'inet'],
  ['oid', 'regclass'],
];

export const ordersAlike = (from: ColumnType, to: ColumnType): boolean =>
  from.name === to.name || ORDERED_ALIKE.some((group) => group.includes(from.name) && group.includes(to.name));

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((one, i) => one === b[i]);

function widens({ name, mods: [old, oldScale = 0] }: ColumnType, { mods: [size, scale = 0] }: ColumnType): boolean {
  if (name === 'bpchar' || name === 'bit') return false;
  // Without a length there is no limit.
  if (size === undefined) return true;
  if (old === undefined) return TIMES.includes(name) && size >= 6;
  return name === 'numeric' ? size >= old && scale === oldScale : size >= old;
}

/** Of a domain: what it stands upon; a type of one's own that is none is itself. */
export function baseOf(schema: Schema, type: ColumnType): ColumnType {
  const domain = schema.findIn(schema.domains, type);
  return domain?.base && !domain.isConstrained ? baseOf(schema, domain.base) : type;
}

export const column = (name: string, rest: Partial<Column> = {}): Column => ({
  name,
  notNull: false,
  hasDefault: false,
  isIdentity: false,
  isGenerated: false,
  ...rest,
});
