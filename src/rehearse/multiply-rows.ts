import type { Client } from 'pg';
import { identifier, literal } from '../pg/sql-text.ts';
import { type ColumnFacts, inOrder, type TableFacts } from './read-tables.ts';

/** A table, and how many rows it holds now. */
export interface Filled {
  readonly table: string;
  readonly rows: number;
  /** Why they are fewer than was wanted. */
  readonly why?: string;
}

// A few may meet the key of a row that was there.
const ENOUGH = 0.9;

export interface Multiplication {
  /** In each table. */
  readonly rows: number;
  /** Numbers differ as well, as they must before a unique index is made. */
  readonly isDistinct: boolean;
}

/**
 * Multiplies the rows that are there: numbered keys count on, unique values and texts get a number of their own, foreign keys take the
 * parents in turn, and all else is repeated. A table for which that fails stays as it is.
 */
export async function multiplyRows(client: Client, tables: readonly TableFacts[], wish: Multiplication): Promise<readonly Filled[]> {
  const filled: Filled[] = [];
  for (const table of inOrder(tables)) {
    const why = await multiply(client, table, wish).catch((error: Error) => error.message);
    const rows = await settle(client, table.name);
    filled.push({ table: table.name, rows, ...(rows < wish.rows * ENOUGH && { why: why ?? 'its unique keys allow no more' }) });
  }
  return filled;
}

/** Leaves a table as it is when it has been there for long: otherwise autovacuum would begin in the middle of a measurement. @returns its rows */
export async function settle(client: Client, table: string): Promise<number> {
  await client.query(`VACUUM (ANALYZE) ${table}`);
  return countRows(client, table);
}

async function countRows(client: Client, table: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(`SELECT count(*)::float8 AS n FROM ${table}`);
  return rows[0]?.n ?? 0;
}

async function multiply(client: Client, table: TableFacts, { rows: wanted, isDistinct }: Multiplication): Promise<string | undefined> {
  const there = await countRows(client, table.name);
  if (there === 0) return 'it has no row that could be repeated';
  if (there >= wanted) return undefined;
  const amount = { there, missing: wanted - there };
  // An index of texts that are all alike would be built in no time. Where only the same will do, it is the same.
  await insert(client, insertion(table, varied(table, isDistinct ? 'SDNU' : 'SD'), amount)).catch(() =>
    insert(client, insertion(table, table.unique, amount)),
  );
  return undefined;
}

async function insert(client: Client, sql: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('SET CONSTRAINTS ALL IMMEDIATE; COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** @param categories of types; without those of numbers, one of which may be the key of another table */
function varied({ columns, checks, unique }: TableFacts, categories: string): readonly string[] {
  const isFree = ({ name, category, domainChecks }: ColumnFacts): boolean =>
    categories.includes(category) && domainChecks === '' && !checks.some((check) => check.columns.includes(name));
  return [...unique, ...columns.filter(isFree).map(({ name }) => name)];
}

interface Amount {
  readonly there: number;
  readonly missing: number;
}

function insertion(table: TableFacts, distinct: readonly string[], { there, missing }: Amount): string {
  const parents = table.foreignKeys.filter((key) => key.table !== table.name && !key.columns.some((name) => isNumbered(table, name)));
  const values = new Map(
    table.columns
      .filter(({ isGenerated, isNumbered }) => !isGenerated && !isNumbered)
      .map((column) => [column.name, repeated(column, distinct.includes(column.name), table.name)]),
  );
  for (const [i, { columns, references }] of parents.entries())
    for (const [j, name] of columns.entries()) if (values.has(name)) values.set(name, `p${i}.${identifier(references[j] ?? '')}`);
  const names = values.size === 0 ? '' : `(${[...values.keys()].map(identifier).join(', ')})`;
  // A parent that has no rows leaves what the repeated row says, which is NULL then.
  const joins = parents.map(({ table: parent }, i) => {
    const others = parents.slice(0, i).map((one) => ` / (SELECT greatest(count(*), 1) FROM ${one.table})`);
    return `LEFT JOIN (SELECT row_number() OVER () - 1 AS lockstep_r, * FROM ${parent}) p${i} ON p${i}.lockstep_r = (g.n${others.join('')}) % (SELECT greatest(count(*), 1) FROM ${parent})`;
  });
  return `INSERT INTO ${table.name} ${names} SELECT ${[...values.values()].join(', ')} FROM generate_series(1, ${missing}::bigint) g (n)
    JOIN (SELECT row_number() OVER () - 1 AS lockstep_r, * FROM ${table.name}) seed ON seed.lockstep_r = g.n % ${there} ${joins.join('\n')} ON CONFLICT DO NOTHING`;
}

const isNumbered = ({ columns }: TableFacts, wanted: string): boolean => columns.some(({ name, isNumbered: is }) => name === wanted && is);

const highest = ({ name }: ColumnFacts, table: string): string => `(SELECT max(${identifier(name)}) FROM ${table})`;

/** By the category of its type (manual: catalog-pg-type): how a value that is to be unique is told from that of the repeated row. */
const DISTINCT: Readonly<Record<string, (column: ColumnFacts, table: string) => string>> = {
  N: (column, table) => `${highest(column, table)} + g.n`,
  S: ({ name, length }) => {
    const value = `seed.${identifier(name)}`;
    return `g.n::text || ${length === null ? value : `right(${value}, greatest(${length} - length(g.n::text), 0))`}`;
  },
  D: (column, table) => `${highest(column, table)} + ${column.type === 'date' ? 'g.n::int' : "g.n * interval '1 second'"}`,
};

function repeated(column: ColumnFacts, isDistinct: boolean, table: string): string {
  const value = `seed.${identifier(column.name)}`;
  if (!isDistinct) return value;
  if (column.type === 'uuid') return `md5(${literal(column.name)} || g.n)::uuid`;
  const distinct = DISTINCT[column.category]?.(column, table);
  return distinct === undefined ? value : `(${distinct})::${column.type}`;
}
