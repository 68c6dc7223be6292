import type { Client } from 'pg';
import type { KnownLoss, LosingStatement, Loss } from '../model/loss.ts';
import { quoteName } from './catalog.ts';
import {
  COLUMN,
  type ColumnRow,
  droppedColumns,
  droppedTables,
  EMPTIED,
  HANGING_ON_COLUMN,
  NAMED,
  NAMED_BY_CATALOG,
  OF_TYPE,
  type TableRow,
  UNSET_BY_UPDATE,
  UNSET_WITH,
} from './loss-queries.ts';
import { transactionStatus } from './read-only.ts';
import { identifier, oneMessage } from './sql-text.ts';

const COUNT_LIMIT_MS = 5_000;
const ALL_COUNTS_LIMIT_MS = 20_000;

/** A table or column that is there, and what of it goes. */
interface Found {
  readonly table: string;
  readonly object: string;
  readonly key: string;
  readonly what: Loss['what'];
  /** Counts what goes, in the table. */
  readonly expression: string;
  /** Counts it when that cannot be computed. */
  readonly fallback?: string;
  readonly estimate: string;
}

/**
 * Counts the rows and values that statements would take away from what is there now. Takes at most some seconds per table: what is not
 * counted by then is estimated from the statistics. What holds nothing is left out.
 */
export async function countLosses(client: Client, statements: readonly LosingStatement[]): Promise<readonly Loss[]> {
  const losses = new Map<string, Loss>();
  const deadline = Date.now() + ALL_COUNTS_LIMIT_MS;
  await inReading(client, async () => {
    for (const statement of statements) await countStatement(client, statement, { losses, deadline });
  });
  return withoutColumnsOfTables([...losses.values()]);
}

/** A dry run reads in a transaction of its own already. */
async function inReading(client: Client, body: () => Promise<void>): Promise<void> {
  const isInside = transactionStatus(client) === 'T';
  await client.query(`${isInside ? 'SAVEPOINT counting' : 'BEGIN READ ONLY'}; SET LOCAL row_security = off`);
  try {
    await body();
  } finally {
    await client.query(isInside ? 'ROLLBACK TO counting; RELEASE counting' : 'ROLLBACK').catch(() => {});
  }
}

interface Counting {
  readonly losses: Map<string, Loss>;
  readonly deadline: number;
}

async function countStatement(client: Client, { summary, where, loss }: LosingStatement, { losses, deadline }: Counting): Promise<void> {
  if (loss.kind === 'everything') {
    losses.set(loss.name, { object: loss.name, what: 'rows', count: undefined, isEstimate: false, summary, where });
    return;
  }
  for (const found of await find(client, loss)) {
    const key = `${found.object} ${found.what} ${found.expression}`;
    if (losses.has(key)) continue;
    const counted = await count(client, found, deadline);
    if (counted.count !== 0) losses.set(key, { object: found.object, what: found.what, ...counted, summary, where, key: found.key });
  }
}

/** Where a table's rows go, its columns need no line of their own. */
function withoutColumnsOfTables(losses: readonly Loss[]): readonly Loss[] {
  const tables = new Set(losses.filter(({ what }) => what === 'rows').map(({ object }) => object));
  return losses.filter(({ what, object }) => what === 'rows' || !tables.has(object.slice(0, object.lastIndexOf('.'))));
}

async function count(client: Client, found: Found, deadline: number): Promise<Pick<Loss, 'count' | 'isEstimate'>> {
  const { table, expression, fallback, estimate } = found;
  for (const candidate of [expression, ...(fallback ? [fallback] : [])]) {
    const limit = Math.max(1, Math.min(COUNT_LIMIT_MS, deadline - Date.now()));
    const number = await ask(client, `SELECT ${candidate} AS n FROM ${table}`, limit);
    if (number !== undefined) return { count: number, isEstimate: false };
  }
  const number = await ask(client, estimate, COUNT_LIMIT_MS);
  // A table that was never analysed has no estimate.
  return number === undefined || number < 0
    ? { count: undefined, isEstimate: true }
    : { count: Math.max(1, Math.round(number)), isEstimate: true };
}

/** One number; undefined where the server does not tell it in time, or at all. */
async function ask(client: Client, sql: string, limitMs: number): Promise<number | undefined> {
  try {
    await client.query(`SAVEPOINT ask; SET LOCAL statement_timeout = ${limitMs}; SET LOCAL lock_timeout = ${limitMs}`);
    const { rows } = await client.query<{ n: string | null }>(sql);
    await client.query('RELEASE ask');
    return rows[0]?.n == null ? undefined : Number(rows[0].n);
  } catch {
    await client.query('ROLLBACK TO ask; RELEASE ask');
    return undefined;
  }
}

async function find(client: Client, taking: Exclude<KnownLoss, { kind: 'everything' }>): Promise<readonly Found[]> {
  switch (taking.kind) {
    case 'rows':
      return findRows(client, taking);
    case 'dropped': {
      const names = taking.name.map(NAMED_BY_CATALOG.has(taking.what) ? ({ name }) => name : quoteName);
      const [gone, hanging] = [
        await tables(client, droppedTables(taking.what), names),
        await columns(client, droppedColumns(taking.what), [names]),
      ];
      return [...gone.map(rowsOf), ...hanging.map(valuesOf)];
    }
    case 'columns-of-type':
      return (await columns(client, OF_TYPE, [taking.type.map(quoteName)])).map(valuesOf);
    default: {
      const found = await columns(client, OF_COLUMN[taking.kind], [taking.table.map(quoteName), taking.column]);
      return found.map((column) => (taking.kind === 'type' ? changedValuesOf(column, taking.path) : valuesOf(column)));
    }
  }
}

const OF_COLUMN = { values: COLUMN, type: COLUMN, unset: UNSET_BY_UPDATE, hanging: HANGING_ON_COLUMN } as const;

async function findRows(client: Client, { table, along }: Extract<KnownLoss, { kind: 'rows' }>): Promise<readonly Found[]> {
  const names = table.map(quoteName);
  if (along === undefined) return (await tables(client, NAMED, names)).map(rowsOf);
  if (along === 'referencing') return (await tables(client, EMPTIED.referencing, names)).map(rowsOf);
  const [emptied, unset] = [await tables(client, EMPTIED.cascading, names), await columns(client, UNSET_WITH, [names])];
  return [...emptied.map(rowsOf), ...unset.map(valuesOf)];
}

const tables = async (client: Client, sql: string, names: readonly string[]): Promise<readonly TableRow[]> =>
  (await client.query<TableRow>(oneMessage(sql, [names]))).rows;

const columns = async (client: Client, sql: string, values: readonly (readonly string[])[]): Promise<readonly ColumnRow[]> =>
  (await client.query<ColumnRow>(oneMessage(sql, values))).rows;

const SUM = (oid: number): string =>
  `SELECT sum(nullif(c.reltuples, -1))::bigint::text AS n FROM pg_catalog.pg_class c WHERE c.oid = ${oid} OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(${oid}))`;

const rowsOf = ({ table, oid }: TableRow): Found => ({
  table,
  object: table,
  key: String(oid),
  what: 'rows',
  expression: 'count(*)',
  estimate: SUM(oid),
});

const valuesOf = ({ table, oid, column }: ColumnRow): Found => ({
  table,
  object: `${table}.${column}`,
  key: `${oid}.${column}`,
  what: 'values',
  expression: `count(${identifier(column)})`,
  estimate: SUM(oid),
});

/** What is not the same after the way to the new type and back. */
function changedValuesOf(row: ColumnRow, path: readonly string[] | undefined): Found {
  const all = valuesOf(row);
  if (path === undefined) return all;
  const column = identifier(row.column);
  const [there, back] = [path.join('::'), [...path.slice(0, -1).toReversed(), row.type, 'text'].join('::')];
  return {
    ...all,
    expression: `count(*) FILTER (WHERE (${column}::${there})::${back} IS DISTINCT FROM ${column}::text)`,
    fallback: all.expression,
  };
}
