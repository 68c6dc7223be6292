import type { Client } from 'pg';
import type { HistoryRow } from '../model/history.ts';
import type { Question } from '../pg/ask.ts';
import { literal, qualified, toDate } from '../pg/sql-text.ts';

/** The tables of a history. `schema` and the first of the names are what Knex calls `schemaName` and `tableName`. */
export interface HistoryTables {
  readonly schema: string;
  /** As they are: `schema_migrations`. */
  readonly names: { readonly rows: string; readonly lock: string; readonly journal: string };
  /** Quoted and with their schema, as SQL names them. */
  readonly rows: string;
  readonly lock: string;
  readonly journal: string;
}

/** A history and the connection that it is read and written by. */
export interface History extends HistoryTables {
  readonly client: Client;
}

export const DEFAULT_TABLE = 'schema_migrations';

export function historyTables(schema: string, table = DEFAULT_TABLE): HistoryTables {
  const names = { rows: table, lock: `${table}_lock`, journal: `${table}_journal` };
  return {
    schema,
    names,
    rows: qualified(schema, names.rows),
    lock: qualified(schema, names.lock),
    journal: qualified(schema, names.journal),
  };
}

export const historyOf = (client: Client, tables: HistoryTables): History => ({ ...tables, client });

/** How the history goes out of the way of migrations that change everything in its schema. */
export const wayToMove = ({ schema, names }: HistoryTables): string =>
  `or keep the history elsewhere: CREATE SCHEMA lockstep; ${Object.values(names)
    .map((name) => `ALTER TABLE ${qualified(schema, name)} SET SCHEMA lockstep;`)
    .join(' ')} and in knexfile.ts: schemaName: 'lockstep'`;

/** A row as the table has it, or as the journal kept it. */
export interface StoredRow {
  readonly id: number;
  readonly name: string;
  readonly batch: number | null;
  readonly migration_time: string | null;
  readonly description?: string | null;
  readonly duration_ms?: number | null;
  readonly applied_by?: string | null;
  readonly checksum?: string | null;
}

/** What is applied, in the order in which it was. Reads tables of stock Knex as well; never creates one. */
export const rowsQuestion = ({ rows }: HistoryTables): Question<readonly HistoryRow[]> => ({
  sql: `SELECT pg_catalog.to_jsonb(h) AS row FROM ${rows} h ORDER BY h.id`,
  // Knex's column allows NULL; a row without a name is nobody's.
  read: (found: readonly { readonly row: StoredRow }[]) => found.filter(({ row }) => row.name !== null).map(({ row }) => toHistoryRow(row)),
});

export function toHistoryRow(row: StoredRow): HistoryRow {
  return {
    id: row.id,
    name: row.name,
    batch: row.batch ?? 0,
    appliedAt: toDate(row.migration_time ?? 0),
    ...(row.description != null && { description: row.description }),
    ...(row.duration_ms != null && { durationMs: row.duration_ms }),
    ...(row.applied_by != null && { appliedBy: row.applied_by }),
    ...(row.checksum != null && { checksum: row.checksum }),
  };
}

export interface NewHistoryRow {
  readonly name: string;
  readonly description?: string;
  readonly checksum: string;
  /** An SQL expression for the milliseconds that the change took. */
  readonly durationMs: string;
  /** Of a repeatable: stock Knex rolls back by batch, and leaves it alone. */
  readonly hasNoBatch?: boolean;
}

/** The statement that records a migration as applied, in a batch of its own, so that stock `knex migrate:rollback` undoes one. */
export function insertHistory({ rows: table }: HistoryTables, row: NewHistoryRow): string {
  // A copy of a database (CREATE DATABASE … TEMPLATE) that crashes before its first checkpoint may have forgotten what its sequence gave out.
  const id = `greatest(pg_catalog.nextval(pg_catalog.pg_get_serial_sequence(${literal(table)}, 'id')), last.id + 1)`;
  return `INSERT INTO ${table} (id, name, batch, migration_time, description, duration_ms, applied_by, checksum)
SELECT ${id}, ${literal(row.name)}, ${row.hasNoBatch ? 'NULL::int' : 'last.batch + 1'}, pg_catalog.clock_timestamp(), ${literal(row.description)}, ${row.durationMs}, session_user, ${literal(row.checksum)}
FROM (SELECT coalesce(pg_catalog.max(batch), 0) AS batch, coalesce(pg_catalog.max(id), 0) AS id FROM ${table}) last;`;
}

/** The statement that takes a migration out of history. */
export function deleteHistory({ rows }: HistoryTables, name: string): string {
  return `DELETE FROM ${rows} WHERE name = ${literal(name)};`;
}

/** Of the tables, in this order: rows, lock, journal; and the newest that a table or its storage has: what is newer was made since. */
export interface Oids {
  readonly own: readonly number[];
  readonly newest: number;
}

export const oidsQuestion = ({ rows, lock, journal }: HistoryTables): Question<Oids> => ({
  sql: `SELECT (SELECT greatest(max(oid::int8), max(relfilenode::int8)) FROM pg_catalog.pg_class)::text AS newest,
    ARRAY[${[rows, lock, journal].map((table) => `${literal(table)}::regclass::int8`).join(', ')}]::text[] AS own`,
  read: ([row]) => ({ newest: Number(row?.newest), own: (row?.own ?? []).map(Number) }),
});

/** Whether Knex's lock table is as it should be while nobody runs. */
export const knexLockQuestion = ({ lock }: HistoryTables): Question<boolean> => ({
  sql: `SELECT count(*) = 1 AND bool_and(coalesce(is_locked, 0) = 0) AS free FROM ${lock}`,
  read: ([row]) => row?.free === true,
});

/** Whoever holds the RunLock knows that no Knex runs: a lock flag that is set was left by a crash, and a second row by a race. */
export async function releaseKnexLock(history: History): Promise<void> {
  const table = history.lock;
  await history.client.query(
    `DELETE FROM ${table} WHERE index > (SELECT min(index) FROM ${table}); UPDATE ${table} SET is_locked = 0 WHERE is_locked <> 0;
     INSERT INTO ${table} (is_locked) SELECT 0 WHERE NOT EXISTS (SELECT FROM ${table})`,
  );
}
