import { createHash } from 'node:crypto';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Question } from '../pg/ask.ts';
import { identifier, literal, oneMessage, qualified } from '../pg/sql-text.ts';
import type { History, HistoryTables } from './history.ts';
import { type LookFunction, lookFunctions } from './look-functions.ts';
import { type TableTrigger, tableTriggers } from './table-functions.ts';
import { ACCESS, type Access, explainTables, verifyAccess } from './table-refusals.ts';

export interface Tables {
  readonly hasHistory: boolean;
  /** Made by stock Knex alone: without the columns that we add. */
  readonly isStock: boolean;
  /** The lock table has the column that keeps the journal's head. */
  readonly keepsHead: boolean;
  readonly hasJournal: boolean;
  /** All tables, columns, triggers and functions of this version are there. */
  readonly isComplete: boolean;
  /** Triggers that guard the history are gone or switched off, although all the rest is there. */
  readonly isUnguarded: boolean;
  /** Statements that take away the triggers and rules of others. */
  readonly obstacles: readonly string[];
}

/** What `ensureTables` sees to. */
export const COMPLETE: Tables = {
  hasHistory: true,
  isStock: false,
  keepsHead: true,
  hasJournal: true,
  isComplete: true,
  isUnguarded: false,
  obstacles: [],
};

const KNEX_COLUMNS = ['id', 'name', 'batch', 'migration_time'];
const OUR_COLUMNS = ['description', 'duration_ms', 'applied_by', 'checksum'];
const JOURNAL_COLUMNS = ['id', 'run', 'event', 'at', 'name', 'direction', 'part', 'checksum', 'details', 'script', 'prev_hash', 'hash'];
/** What we propose where `schema_migrations` is taken. */
const OTHER_NAME = 'lockstep_migrations';

const OTHER_KINDS: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  p: 'a partitioned table',
  f: 'a foreign table',
};

const INSPECT = `
SELECT c.relname AS table, c.relkind AS kind,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT count(*)::int FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = ANY ($2) AND t.tgenabled = 'A') AS triggers,
       (SELECT count(*)::int FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid AND pg_catalog.md5(p.proname || p.prosrc) = ANY ($5)) AS looks,
       ${ACCESS}
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (SELECT s.oid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  WHERE d.refobjid = c.oid AND d.deptype IN ('a', 'i') LIMIT 1) s ON true
WHERE n.nspname = $1 AND c.relname = ANY ($3)`;

export interface TableRow extends Access {
  /** `pg_class.relkind`. */
  readonly kind: string;
  readonly columns: readonly string[] | null;
  readonly triggers: number;
  /** How many of the look functions are there as this version makes them. */
  readonly looks: number;
}

/** Which of the tables are there, and what this role may do with them. */
export function tablesQuestion(history: HistoryTables): Question<readonly TableRow[]> {
  const { schema, names } = history;
  const triggers = tableTriggers(history).map(({ name }) => name);
  const looks = lookFunctions(history).map(({ name, body }) => createHash('md5').update(`${name}${body}`).digest('hex'));
  return { sql: oneMessage(INSPECT, [schema, triggers, Object.values(names), names.journal, looks]), read: (rows) => rows };
}

/** @throws LockstepError when the tables are another program's, or closed to us. */
export function judgeTables(history: HistoryTables, rows: readonly TableRow[]): Tables {
  const columns = new Map(rows.map((row) => [row.table, row.columns ?? []] as const));
  const { schema, names } = history;
  const [own = [], journal = []] = [columns.get(names.rows), columns.get(names.journal)];
  const keepsHead = columns.get(names.lock)?.includes('journal_head') ?? false;
  const triggers = rows.reduce((sum, row) => sum + row.triggers, 0);
  verifyOurs(history, own, journal);
  verifyPlain(schema, rows);
  verifyAccess(schema, rows, 'read');
  const isUnguarded = keepsHead && journal.length > 0 && triggers !== tableTriggers(history).length;
  return {
    hasHistory: own.length > 0,
    isStock: own.length > 0 && !own.includes('checksum'),
    keepsHead,
    hasJournal: journal.length > 0,
    isComplete:
      OUR_COLUMNS.every((column) => own.includes(column)) &&
      keepsHead &&
      journal.length > 0 &&
      !isUnguarded &&
      rows[0]?.looks === lookFunctions(history).length,
    isUnguarded,
    obstacles: rows.flatMap((row) => row.obstacles),
  };
}

/** Rails, golang-migrate and others also call their table schema_migrations. */
function verifyOurs({ schema, names }: HistoryTables, own: readonly string[], journal: readonly string[]): void {
  const foreign =
    own.length > 0 && !KNEX_COLUMNS.every((column) => own.includes(column))
      ? ([names.rows, own] as const)
      : journal.length > 0 && !JOURNAL_COLUMNS.every((column) => journal.includes(column))
        ? ([names.journal, journal] as const)
        : undefined;
  if (!foreign) return;
  const [table, columns] = foreign;
  throw new LockstepError({
    code: 'foreign-table',
    what: `The table ${schema}.${table} belongs to another program: its columns are ${columns.join(', ')}`,
    next: `in knexfile.ts: tableName: '${OTHER_NAME}'   keeps the history beside it\nor, where no program uses the table any more: ALTER TABLE ${qualified(schema, table)} RENAME TO ${identifier(`${table}_old`)};`,
    exitCode: 2,
  });
}

/** What reads as ours and is a view, a partitioned or a foreign table cannot be locked, guarded or numbered as ours is. */
function verifyPlain(schema: string, rows: readonly TableRow[]): void {
  const other = rows.find(({ kind }) => kind !== 'r');
  if (!other) return;
  throw new LockstepError({
    code: 'foreign-table',
    what: `${schema}.${other.table} is ${OTHER_KINDS[other.kind] ?? 'no table'}, and the migration history is kept in ordinary tables`,
    next: `put the ordinary table back under this name, or in knexfile.ts: tableName: '${OTHER_NAME}'\nwhat is there now: SELECT * FROM ${qualified(schema, other.table)};`,
    exitCode: 2,
  });
}

/**
 * Creates or completes the history tables. Tables that stock Knex made are upgraded in place.
 * Safe when several runners arrive at once: it works under a transaction-level advisory lock.
 * @param rows what a look at them told
 * @returns whether guards that had been there were put in place again: somebody had switched them off.
 * @throws LockstepError when this role may not write them, or they hold one name twice.
 */
export async function ensureTables(history: History, rows: readonly TableRow[]): Promise<boolean> {
  const { isComplete, hasJournal, isUnguarded } = judgeTables(history, rows);
  if (isComplete) {
    verifyAccess(history.schema, rows, 'write');
    return false;
  }
  const key = `pg_catalog.hashtextextended(${literal(`lockstep:tables:${history.schema}`)}, 0)`;
  await history.client
    .query(
      `BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(${key}); SET LOCAL client_min_messages = warning; ${definition(history)} ${hasJournal ? '' : adoption(history)} COMMIT;`,
    )
    .catch(async (error: unknown) => {
      await history.client.query('ROLLBACK').catch(() => {});
      throw await explainTables(history, error);
    });
  return isUnguarded;
}

/** Rows that stock Knex wrote before there was a journal become its first events, so that each row of history has one. */
function adoption({ names, rows, journal }: HistoryTables): string {
  return `
INSERT INTO ${journal} (id, at, prev_hash, hash, run, event, name, direction, checksum, details)
SELECT 0, pg_catalog.now(), '', '', 'adopted', 'baselined', h.name, 'up', h.checksum,
  pg_catalog.jsonb_build_object('from', h.name, 'table', ${literal(names.rows)}, 'row', pg_catalog.to_jsonb(h))
FROM ${rows} h WHERE h.name IS NOT NULL AND NOT EXISTS (SELECT FROM ${journal}) ORDER BY h.id;`;
}

function definition(history: HistoryTables): string {
  const { schema, names, rows, lock, journal } = history;
  return `
CREATE TABLE IF NOT EXISTS ${rows} (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
ALTER TABLE ${rows}
  ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS duration_ms integer,
  ADD COLUMN IF NOT EXISTS applied_by text, ADD COLUMN IF NOT EXISTS checksum text;
CREATE UNIQUE INDEX IF NOT EXISTS ${identifier(`${names.rows}_name_key`)} ON ${rows} (name);
CREATE INDEX IF NOT EXISTS ${identifier(`${names.rows}_batch_idx`)} ON ${rows} (batch);
CREATE TABLE IF NOT EXISTS ${lock} (index serial PRIMARY KEY, is_locked integer);
ALTER TABLE ${lock} ADD COLUMN IF NOT EXISTS journal_head text;
INSERT INTO ${lock} (is_locked) SELECT 0 WHERE NOT EXISTS (SELECT FROM ${lock});
CREATE TABLE IF NOT EXISTS ${journal} (
  id bigint PRIMARY KEY, run text NOT NULL, event text NOT NULL, at timestamptz NOT NULL,
  name text, direction text, part integer, checksum text, details jsonb NOT NULL DEFAULT '{}', script text,
  prev_hash text NOT NULL, hash text NOT NULL);
CREATE INDEX IF NOT EXISTS ${identifier(`${names.journal}_name_idx`)} ON ${journal} (name, id);
CREATE INDEX IF NOT EXISTS ${identifier(`${names.journal}_script_idx`)} ON ${journal} (checksum) WHERE script IS NOT NULL;
${tableTriggers(history)
  .map((trigger) => triggerDefinition(schema, trigger))
  .join('')}
${lookFunctions(history)
  .map((look) => lookDefinition(schema, look))
  .join('\n')}`;
}

const lookDefinition = (schema: string, { name, signature, body }: LookFunction): string =>
  `CREATE OR REPLACE FUNCTION ${qualified(schema, name)}(${signature} LANGUAGE plpgsql AS $body$${body}$body$;`;

/** Also fires under session_replication_role = replica, which data migrations like to set. */
function triggerDefinition(schema: string, { name, table, fires, type, body }: TableTrigger): string {
  const [of, call] = [qualified(schema, table), qualified(schema, name)];
  return `
CREATE OR REPLACE FUNCTION ${call}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$${body}$body$;
CREATE OR REPLACE TRIGGER ${identifier(name)} ${fires} ON ${of} FOR EACH ${type % 2 === 1 ? 'ROW' : 'STATEMENT'} EXECUTE FUNCTION ${call}();
ALTER TABLE ${of} ENABLE ALWAYS TRIGGER ${identifier(name)};`;
}
