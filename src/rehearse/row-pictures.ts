import type { Client } from 'pg';
import { identifier, literal } from '../pg/sql-text.ts';
import type { TableName } from './read-tables.ts';

/** What a table holds: its rows where they are few, else count and digest. Equal for equal rows, whatever the order of rows and columns. */
export interface RowPicture {
  readonly table: string;
  readonly count: number;
  readonly digest: string;
  /** Each as JSON; absent where there are many. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  readonly primaryKey: readonly string[];
}

export interface DataPicture {
  readonly tables: ReadonlyMap<string, RowPicture>;
  /** The last value that each sequence gave out; null where it is unused. */
  readonly sequences: ReadonlyMap<string, bigint | null>;
  /** Of real people: no value is shown. */
  readonly isReal?: boolean;
}

const MOST_ROWS = 1000;

/** Reads the rows of all tables in one message, and where their sequences are. */
export async function takeDataPicture(
  client: Client,
  tables: readonly TableName[],
  isOurs: (name: string) => boolean,
): Promise<DataPicture> {
  const pictures = await readRows(client, tables);
  const { rows: sequences } = await client.query<{ name: string; last: string | null }>(
    `SELECT pg_catalog.quote_ident(schemaname) || '.' || pg_catalog.quote_ident(sequencename) AS name, last_value::text AS last FROM pg_catalog.pg_sequences`,
  );
  const keys = new Map(tables.map(({ name, primaryKey }) => [name, primaryKey]));
  return {
    tables: new Map(
      pictures.map(({ rows, ...one }) => [one.table, { ...one, ...(rows && { rows }), primaryKey: keys.get(one.table) ?? [] }]),
    ),
    sequences: new Map(sequences.filter(({ name }) => !isOurs(name)).map(({ name, last }) => [name, last === null ? null : BigInt(last)])),
  };
}

type Read = Omit<RowPicture, 'primaryKey'>;

/** A table that may not be read, or holds what JSON cannot, is left out: of it nothing is said. */
async function readRows(client: Client, tables: readonly TableName[]): Promise<readonly Read[]> {
  if (tables.length === 0) return [];
  const read = async (some: readonly TableName[]): Promise<readonly Read[]> => {
    await client.query('SAVEPOINT rows').catch(() => {});
    try {
      return (await client.query<Read>(some.map(question).join(' UNION ALL '))).rows;
    } catch (error) {
      await client.query('ROLLBACK TO rows').catch(() => {});
      if (some.length === 1) return [];
      if (!(error instanceof Error)) throw error;
      const found: Read[] = [];
      for (const table of some) found.push(...(await read([table])));
      return found;
    }
  };
  return read(tables);
}

const question = ({ name }: TableName): string => `(SELECT ${literal(name)} AS table, p.n AS count, p.digest,
  CASE WHEN p.n <= ${MOST_ROWS} THEN (SELECT coalesce(pg_catalog.jsonb_agg((SELECT coalesce(pg_catalog.jsonb_object_agg(e.key, e.value), '{}') FROM pg_catalog.jsonb_each_text(pg_catalog.to_jsonb(lockstep_row)) e)), '[]') FROM ${name} lockstep_row) END AS rows
  FROM (SELECT count(*)::int AS n, coalesce(sum(pg_catalog.hashtextextended(pg_catalog.to_jsonb(lockstep_row)::text, 0)::numeric), 0)::text AS digest FROM ${name} lockstep_row) p)`;

/** What differs between the rows of before and after, a line for each table; empty where nothing does. */
export function compareData(before: DataPicture, after: DataPicture): readonly string[] {
  const tables = [...before.tables.values()].flatMap((one): readonly string[] => {
    const other = after.tables.get(one.table);
    // That the table is gone is told by the schema.
    if (!other) return one.count === 0 ? [] : [`${one.table}: the table is gone, and ${rows(one.count)} with it`];
    if (one.digest === other.digest && one.count === other.count) return [];
    return compareTable(one, other, before.isReal === true);
  });
  const sequences = [...before.sequences].flatMap(([name, last]) => {
    const now = after.sequences.get(name);
    // To give out a number twice is an error; to leave some out is none. That a sequence is gone is told by the schema.
    if (last === null || now === undefined || (now !== null && now >= last)) return [];
    return [`${name}: the sequence is back at ${now ?? 'its beginning'} and was at ${last}, so it gives out numbers twice`];
  });
  return [...tables, ...sequences];
}

const otherValues = ({ table, count }: RowPicture): string => `${table}: its ${rows(count)} hold other values`;

function compareTable(one: RowPicture, other: RowPicture, isReal: boolean): readonly string[] {
  const sameColumns = columnsOf(one).filter((column) => columnsOf(other).includes(column));
  if (!one.rows || !other.rows || sameColumns.length === 0 || one.count === 0)
    return [
      `${one.table}: ${one.count === other.count ? `its ${rows(one.count)} hold other values` : `it had ${rows(one.count)}, and has ${other.count}`}`,
    ];
  const [a, b] = [one.rows, other.rows].map((all = []) => all.map((row) => pick(row, sameColumns)));
  const lost = without(a ?? [], b ?? []);
  const added = without(b ?? [], a ?? []);
  // The digest knows more than a text tells, where the columns are the same.
  const isSame = lost.length === 0 && added.length === 0;
  if (isSame)
    return columnsOf(one).length === columnsOf(other).length && sameColumns.length === columnsOf(one).length ? [otherValues(one)] : [];
  const key =
    one.primaryKey.length > 0 && one.primaryKey.every((column) => sameColumns.includes(column)) ? one.primaryKey : sameColumns.slice(0, 1);
  return tellRows(one.table, { lost, added, key, isReal });
}

interface Changed {
  readonly lost: readonly Row[];
  readonly added: readonly Row[];
  readonly key: readonly string[];
  readonly isReal: boolean;
}

type Row = Readonly<Record<string, unknown>>;

function tellRows(table: string, { lost, added, key, isReal }: Changed): readonly string[] {
  const keyOf = (row: Row): string => JSON.stringify(key.map((column) => row[column]));
  const byKey = new Map(added.map((row) => [keyOf(row), row]));
  const changed = lost.flatMap((row) => {
    const now = byKey.get(keyOf(row));
    return now ? [{ row, now }] : [];
  });
  const gone = lost.length - changed.length;
  const more = added.length - changed.length;
  const columns = [...new Set(changed.flatMap(({ row, now }) => Object.keys(row).filter((name) => shown(row[name]) !== shown(now[name]))))];
  const values = columns.map((name) => {
    const one = changed.filter(({ row, now }) => shown(row[name]) !== shown(now[name]));
    const example = isReal ? '' : ` (${shown(one[0]?.row[name])} is now ${shown(one[0]?.now[name])})`;
    return `${table}.${identifierOf(name)}: ${rows(one.length)} not as before${example}`;
  });
  return [
    ...values,
    ...(gone > 0 ? [`${table}: ${rows(gone)} ${gone === 1 ? 'is' : 'are'} gone`] : []),
    ...(more > 0 ? [`${table}: ${rows(more)} ${more === 1 ? 'is' : 'are'} there that ${more === 1 ? 'was' : 'were'} not before`] : []),
  ];
}

const identifierOf = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name));
const rows = (n: number): string => `${n.toLocaleString('en')} row${n === 1 ? '' : 's'}`;

/** Short, and told apart from every other value: NULL from an empty text. */
function shown(value: unknown): string {
  const text = value === undefined || value === null ? 'NULL' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 36)}… (${text.length})` : text;
}

const columnsOf = ({ rows: all = [] }: RowPicture): readonly string[] => Object.keys(all[0] ?? {});

const pick = (row: Row, columns: readonly string[]): Row => Object.fromEntries(columns.map((name) => [name, row[name]]));

/** Those of the first that the second has not, each as often as it is missing. */
function without(first: readonly Row[], second: readonly Row[]): readonly Row[] {
  const left = new Map<string, number>();
  const text = (row: Row): string => JSON.stringify(row);
  for (const row of second) left.set(text(row), (left.get(text(row)) ?? 0) + 1);
  return first.filter((row) => {
    const n = left.get(text(row)) ?? 0;
    left.set(text(row), n - 1);
    return n <= 0;
  });
}
