import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { connect } from '../pg/connect.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import type { TableFacts } from './read-tables.ts';

/** One read or write of the workload. Times are those of `performance.now()`. */
export interface Operation {
  readonly kind: 'read' | 'write';
  /** `UPDATE on public.users` */
  readonly what: string;
  /** Those that it uses. */
  readonly tables: readonly string[];
  /** When it should have begun: what it waited for its turn counts as well. */
  readonly dueAt: number;
  readonly endedAt: number;
}

/** A table as the workload uses it: rows by their keys, and a column that is written. */
export interface Busy {
  readonly table: string;
  /** Each a condition that finds one row. */
  readonly keys: readonly string[];
  readonly column: string;
}

const KEYS = 1_000;

/** @returns those of the tables that have rows */
export async function readBusy(client: Client, tables: readonly TableFacts[]): Promise<readonly Busy[]> {
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

/** Readers and writers at work. */
export interface Workload {
  readonly operations: readonly Operation[];
  /** What operations failed over. */
  readonly failures: ReadonlySet<string>;
  /** Ends when their last operations have. */
  readonly stop: () => Promise<void>;
}

const KINDS = ['write', 'read', 'write', 'read'] as const;
/** Each of them has something to do so often. */
const EVERY_MS = 10;

/** Two writers and two readers, each on a connection of its own, take the tables in turn until they are stopped. */
export async function startWorkload(settings: ConnectionSettings, busy: readonly Busy[]): Promise<Workload> {
  const operations: Operation[] = [];
  const failures = new Set<string>();
  const over = new AbortController();
  const clients = await Promise.all(KINDS.map((kind) => connect(settings, `lockstep load ${kind}`)));
  const working = clients.map((client, i) => work(client, KINDS[i] ?? 'read', { busy, operations, failures, over: over.signal }));
  return {
    operations,
    failures,
    stop: async () => {
      over.abort();
      await Promise.all(working);
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
    },
  };
}

interface Work {
  readonly busy: readonly Busy[];
  readonly operations: Operation[];
  readonly failures: Set<string>;
  readonly over: AbortSignal;
}

async function work(client: Client, kind: Operation['kind'], { busy, operations, failures, over }: Work): Promise<void> {
  let dueAt = performance.now();
  for (let n = 0; !over.aborted; n += 1) {
    const wait = dueAt - performance.now();
    if (wait > 0) await sleep(wait);
    const one = busy[n % busy.length];
    if (!one) return;
    const what = `${kind === 'write' ? 'UPDATE' : 'SELECT'} on ${one.table}`;
    await client.query(statementOf(kind, one)).catch(({ message }: Error) => failures.add(`${what}: ${message}`));
    const endedAt = performance.now();
    operations.push({ kind, what, tables: [one.table], dueAt, endedAt });
    // What fell due behind one that stalled has waited less than that: it is left out, so that the queue is no longer than in production.
    dueAt = Math.max(dueAt + EVERY_MS, endedAt);
  }
}

function statementOf(kind: Operation['kind'], { table, keys, column }: Busy): string {
  const where = keys[Math.floor(Math.random() * keys.length)];
  return kind === 'write' ? `UPDATE ${table} SET ${column} = ${column} WHERE ${where}` : `SELECT * FROM ${table} WHERE ${where}`;
}
