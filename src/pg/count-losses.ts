import type { Client } from 'pg';
import type { Loss, Taking, TakingStatement } from '../model/loss.ts';
import { quoteName } from './catalog.ts';
import { oneMessage } from './one-message.ts';
import { identifier } from './quote.ts';

const COUNT_LIMIT_MS = 5_000;
const ALL_COUNTS_LIMIT_MS = 20_000;

/** A table or column that is there, and what of it goes. */
interface Found {
  readonly table: string;
  readonly object: string;
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
export async function countLosses(client: Client, statements: readonly TakingStatement[]): Promise<readonly Loss[]> {
  const losses = new Map<string, Loss>();
  const deadline = Date.now() + ALL_COUNTS_LIMIT_MS;
  await client.query('BEGIN READ ONLY; SET LOCAL row_security = off');
  try {
    for (const { summary, where, taking } of statements) {
      if (taking.kind === 'everything')
        losses.set(taking.name, { object: taking.name, what: 'rows', count: undefined, isEstimate: false, summary, where });
      for (const found of taking.kind === 'everything' ? [] : await find(client, taking)) {
        const key = `${found.object} ${found.what} ${found.expression}`;
        if (losses.has(key)) continue;
        const counted = await count(client, found, deadline);
        if (counted.count !== 0) losses.set(key, { object: found.object, what: found.what, ...counted, summary, where });
      }
    }
  } finally {
    await client.query('ROLLBACK').catch(() => {});
  }
  return withoutColumnsOfTables([...losses.values()]);
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

async function find(client: Client, taking: Exclude<Taking, { kind: 'everything' }>): Promise<readonly Found[]> {
  switch (taking.kind) {
    case 'rows':
      return (await tables(client, BY_REACH[taking.along ?? 'none'], taking.table.map(quoteName))).map(rowsOf);
    case 'schema':
      return (await tables(client, IN_SCHEMA, taking.schema)).map(rowsOf);
    case 'columns-of-type':
      return (await columns(client, OF_TYPE, [taking.type.map(quoteName)])).map(valuesOf);
    case 'columns-of-extension':
      return (await columns(client, OF_EXTENSION, [taking.extension])).map(valuesOf);
    case 'values':
      return (await columns(client, COLUMN, [taking.table.map(quoteName), taking.column])).map(valuesOf);
    case 'type':
      return (await columns(client, COLUMN, [taking.table.map(quoteName), taking.column])).map((column) =>
        changedValuesOf(column, taking.type),
      );
  }
}

const KINDS = "c.relkind IN ('r', 'p', 'f')";
const FIRST = (find: 'to_regclass' | 'to_regtype'): string =>
  `(SELECT pg_catalog.${find}(name) FROM pg_catalog.unnest($1) WITH ORDINALITY AS w(name, i) WHERE pg_catalog.${find}(name) IS NOT NULL ORDER BY i LIMIT 1)`;
const NAMED = `SELECT c.oid::regclass::text AS table, c.oid FROM pg_catalog.pg_class c WHERE c.oid = ${FIRST('to_regclass')} AND ${KINDS}`;
const IN_SCHEMA = `SELECT c.oid::regclass::text AS table, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND ${KINDS} AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
    WHERE c.relispartition AND h.inhrelid = c.oid AND p.relnamespace = c.relnamespace) ORDER BY 1`;
const emptiedWith = (which: string): string => `WITH RECURSIVE emptied AS (SELECT ${FIRST('to_regclass')}::oid AS oid
  UNION SELECT k.conrelid FROM pg_catalog.pg_constraint k JOIN emptied e ON k.confrelid = e.oid WHERE ${which}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_class p WHERE p.oid = k.conrelid AND p.relispartition AND k.conparentid <> 0))
  SELECT c.oid::regclass::text AS table, c.oid FROM pg_catalog.pg_class c JOIN emptied USING (oid) WHERE ${KINDS} ORDER BY 1`;
const BY_REACH = {
  none: NAMED,
  referencing: emptiedWith("k.contype = 'f'"),
  cascading: emptiedWith("k.contype = 'f' AND k.confdeltype = 'c'"),
} as const;
const COLUMN_FACTS = `SELECT c.oid::regclass::text AS table, c.oid, a.attname::text AS column, format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid WHERE ${KINDS} AND a.attnum > 0 AND NOT a.attisdropped`;
const COLUMN = `${COLUMN_FACTS} AND c.oid = ${FIRST('to_regclass')} AND a.attname = ANY ($2)`;
// Arrays of a type and domains over it go with it.
const ofTypes = (first: string): string => `WITH RECURSIVE types(oid) AS (${first}
  UNION SELECT t.oid FROM pg_catalog.pg_type t JOIN types y ON t.typbasetype = y.oid OR (t.typelem = y.oid AND t.typcategory = 'A'))
  ${COLUMN_FACTS} AND NOT c.relispartition AND a.atttypid IN (SELECT oid FROM types) ORDER BY 1, a.attnum`;
const OF_TYPE = ofTypes(`SELECT ${FIRST('to_regtype')}::oid`);
const OF_EXTENSION = ofTypes(`SELECT d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
  WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e' AND e.extname = $1`);

interface TableRow {
  readonly table: string;
  readonly oid: number;
}

interface ColumnRow extends TableRow {
  readonly column: string;
  readonly type: string;
}

const tables = async (client: Client, sql: string, name: string | readonly string[]): Promise<readonly TableRow[]> =>
  (await client.query<TableRow>(oneMessage(sql, [name]))).rows;

const columns = async (client: Client, sql: string, values: readonly (string | readonly string[])[]): Promise<readonly ColumnRow[]> =>
  (await client.query<ColumnRow>(oneMessage(sql, values))).rows;

const SUM = (oid: number): string =>
  `SELECT sum(nullif(c.reltuples, -1))::bigint::text AS n FROM pg_catalog.pg_class c WHERE c.oid = ${oid} OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(${oid}))`;

const rowsOf = ({ table, oid }: TableRow): Found => ({
  table,
  object: table,
  what: 'rows',
  expression: 'count(*)',
  estimate: SUM(oid),
});

const valuesOf = ({ table, oid, column }: ColumnRow): Found => ({
  table,
  object: `${table}.${column}`,
  what: 'values',
  expression: `count(${identifier(column)})`,
  estimate: SUM(oid),
});

/** What is not the same after the way to the new type and back. */
function changedValuesOf(row: ColumnRow, type: string | undefined): Found {
  const all = valuesOf(row);
  const column = identifier(row.column);
  const changed = `count(*) FILTER (WHERE (${column}::${type})::${row.type}::text IS DISTINCT FROM ${column}::text)`;
  return type === undefined ? all : { ...all, expression: changed, fallback: all.expression };
}
