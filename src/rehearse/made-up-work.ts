import type { Client } from 'pg';
import { identifier, literal } from '../pg/sql-text.ts';
import type { TableFacts } from './read-tables.ts';
import { oneOf, type Work } from './workload.ts';

/** A table as the workload uses it: rows by their keys, and a column that is written. */
interface Busy {
  readonly table: string;
  /** Each a condition that finds one row. */
  readonly keys: readonly string[];
  readonly column: string;
}

const KEYS = 1_000;

/** A read and a write on each of the tables that has rows. */
export async function madeUpWork(client: Client, tables: readonly TableFacts[]): Promise<readonly Work[]> {
  const busy = await readBusy(client, tables);
  return busy.flatMap((one): readonly Work[] => {
    const where = (): string => oneOf(one.keys) ?? 'false';
    const tables = [one.table];
    const set = `UPDATE ${one.table} SET ${one.column} = ${one.column}`;
    return [
      { kind: 'write', what: `UPDATE on ${one.table}`, tables, next: () => ({ text: `${set} WHERE ${where()}` }) },
      { kind: 'read', what: `SELECT on ${one.table}`, tables, next: () => ({ text: `SELECT * FROM ${one.table} WHERE ${where()}` }) },
    ];
  });
}

async function readBusy(client: Client, tables: readonly TableFacts[]): Promise<readonly Busy[]> {
  const busy: Busy[] = [];
  for (const { name: table, primaryKey, columns, unique, foreignKeys } of tables) {
    const keys = await readKeys(client, table, primaryKey.length > 0 ? primaryKey.map(identifier) : ['ctid']);
    const settable = columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name);
    const isPlain = (name: string): boolean => !unique.includes(name) && !foreignKeys.some((key) => key.columns.includes(name));
    const column = settable.find(isPlain) ?? settable[0];
    if (keys.length > 0 && column !== undefined) busy.push({ table, keys, column: identifier(column) });
  }
  return busy;
}

async function readKeys(client: Client, table: string, key: readonly string[]): Promise<readonly string[]> {
  const { rows: counted } = await client.query<{ n: number }>(`SELECT count(*)::float8 AS n FROM ${table}`);
  // Rows from all over the table.
  const percent = Math.min(100, (200 * KEYS) / (counted[0]?.n || 1));
  const values = key.map((name) => `${name}::text`).join(', ');
  const { rows } = await client.query<{ key: readonly string[] }>(
    `SELECT ARRAY[${values}] AS key FROM ${table} TABLESAMPLE SYSTEM (${percent}) LIMIT ${KEYS}`,
  );
  return rows.map((row) => key.map((name, i) => `${name} = ${literal(row.key[i])}`).join(' AND '));
}
