import type { Client } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';
import { oneMessage } from './one-message.ts';
import { identifier, literal, qualified } from './quote.ts';
import { ACCESS, type Access, explainTables, verifyAccess } from './table-refusals.ts';

export const HISTORY = 'schema_migrations';
export const LOCK = 'schema_migrations_lock';
export const JOURNAL = 'schema_migrations_journal';

export interface Tables {
  /** Columns of the history table; empty when there is none. */
  readonly history: readonly string[];
  readonly hasLock: boolean;
  readonly hasJournal: boolean;
  /** All tables, columns and triggers of this version are there. */
  readonly isComplete: boolean;
}

const KNEX_COLUMNS = ['id', 'name', 'batch', 'migration_time'];
const OUR_COLUMNS = ['description', 'duration_ms', 'applied_by', 'checksum'];
const JOURNAL_COLUMNS = ['id', 'run', 'event', 'at', 'name', 'direction', 'part', 'checksum', 'details', 'script', 'prev_hash', 'hash'];
const TRIGGERS = [`${HISTORY}_keep_first`, `${JOURNAL}_append`, `${JOURNAL}_keep`];

const INSPECT = `
SELECT c.relname AS table,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT count(*)::int FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = ANY ($2) AND t.tgenabled = 'A') AS triggers,
       ${ACCESS}
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (SELECT s.oid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  WHERE d.refobjid = c.oid AND d.deptype IN ('a', 'i') LIMIT 1) s ON true
WHERE n.nspname = $1 AND c.relname = ANY ($3)`;

interface TableRow extends Access {
  readonly columns: readonly string[] | null;
  readonly triggers: number;
}

async function readTables(client: Client, schema: string): Promise<readonly TableRow[]> {
  const { rows } = await client.query<TableRow>(oneMessage(INSPECT, [schema, TRIGGERS, [HISTORY, LOCK, JOURNAL], JOURNAL]));
  return rows;
}

/** Reads which history tables exist. Writes nothing. @throws LockstepError when they are another program's, or closed to us. */
export async function inspectTables(client: Client, schema: string): Promise<Tables> {
  const rows = await readTables(client, schema);
  const columns = new Map(rows.map((row) => [row.table, row.columns ?? []] as const));
  const history = columns.get(HISTORY) ?? [];
  const journal = columns.get(JOURNAL) ?? [];
  const triggers = rows.reduce((sum, row) => sum + row.triggers, 0);
  verifyOurs(schema, history, journal);
  verifyAccess(schema, rows, 'read');
  return {
    history,
    hasLock: columns.has(LOCK),
    hasJournal: journal.length > 0,
    isComplete:
      OUR_COLUMNS.every((column) => history.includes(column)) && columns.has(LOCK) && journal.length > 0 && triggers === TRIGGERS.length,
  };
}

/** Rails, golang-migrate and others also call their table schema_migrations. */
function verifyOurs(schema: string, history: readonly string[], journal: readonly string[]): void {
  const foreign =
    history.length > 0 && !KNEX_COLUMNS.every((column) => history.includes(column))
      ? ([HISTORY, history] as const)
      : journal.length > 0 && !JOURNAL_COLUMNS.every((column) => journal.includes(column))
        ? ([JOURNAL, journal] as const)
        : undefined;
  if (!foreign) return;
  const [table, columns] = foreign;
  throw new LockstepError({
    code: 'foreign-table',
    what: `The table ${schema}.${table} belongs to another program: its columns are ${columns.join(', ')}`,
    next: `keep the history in a schema of its own, which unqualified names then mean first: DB_SCHEMA=migrations\nor, where no program uses the table any more: ALTER TABLE ${qualified(schema, table)} RENAME TO ${identifier(`${table}_old`)};`,
    exitCode: 2,
  });
}

/**
 * Creates or completes the history tables. Tables that stock Knex made are upgraded in place.
 * Safe when several runners arrive at once: it works under a transaction-level advisory lock.
 * @throws LockstepError when this role may not write them, or they hold one name twice.
 */
export async function ensureTables(client: Client, schema: string): Promise<void> {
  const { isComplete } = await inspectTables(client, schema);
  if (isComplete) return verifyAccess(schema, await readTables(client, schema), 'write');
  const key = `pg_catalog.hashtextextended(${literal(`lockstep:tables:${schema}`)}, 0)`;
  await client
    .query(`BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(${key}); SET LOCAL client_min_messages = warning; ${definition(schema)} COMMIT;`)
    .catch(async (error: unknown) => {
      await client.query('ROLLBACK').catch(() => {});
      throw await explainTables(client, error, { schema, history: HISTORY });
    });
}

function definition(schema: string): string {
  const [history, lock, journal] = [HISTORY, LOCK, JOURNAL].map((table) => qualified(schema, table));
  const [keepFirst, append, keep] = TRIGGERS.map((name) => qualified(schema, name));
  return `
CREATE TABLE IF NOT EXISTS ${history} (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
ALTER TABLE ${history}
  ADD COLUMN IF NOT EXISTS description text, ADD COLUMN IF NOT EXISTS duration_ms integer,
  ADD COLUMN IF NOT EXISTS applied_by text, ADD COLUMN IF NOT EXISTS checksum text;
CREATE UNIQUE INDEX IF NOT EXISTS ${identifier(`${HISTORY}_name_key`)} ON ${history} (name);
CREATE TABLE IF NOT EXISTS ${lock} (index serial PRIMARY KEY, is_locked integer);
INSERT INTO ${lock} (is_locked) SELECT 0 WHERE NOT EXISTS (SELECT FROM ${lock});
CREATE TABLE IF NOT EXISTS ${journal} (
  id bigint PRIMARY KEY, run text NOT NULL, event text NOT NULL, at timestamptz NOT NULL,
  name text, direction text, part integer, checksum text, details jsonb NOT NULL DEFAULT '{}', script text,
  prev_hash text NOT NULL, hash text NOT NULL);
CREATE INDEX IF NOT EXISTS ${identifier(`${JOURNAL}_name_idx`)} ON ${journal} (name, id);
CREATE INDEX IF NOT EXISTS ${identifier(`${JOURNAL}_script_idx`)} ON ${journal} (checksum) WHERE script IS NOT NULL;
CREATE OR REPLACE FUNCTION ${keepFirst}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
BEGIN
  -- Knex inserts its row after ours: the one that travelled with the migration stays. Ours has a checksum, and must be the first.
  IF NEW.checksum IS NULL AND EXISTS (SELECT FROM ${history} WHERE name = NEW.name) THEN RETURN NULL; END IF;
  RETURN NEW;
END $body$;
CREATE OR REPLACE FUNCTION ${append}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE last record;
BEGIN
  SELECT id, hash INTO last FROM ${journal} ORDER BY id DESC LIMIT 1;
  NEW.id := coalesce(last.id, 0) + 1;
  NEW.at := clock_timestamp();
  NEW.prev_hash := coalesce(last.hash, '');
  NEW.hash := encode(sha256(convert_to(jsonb_build_array(
    NEW.id, NEW.run, NEW.event, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
    NEW.name, NEW.direction, NEW.part, NEW.checksum, NEW.details, NEW.script, NEW.prev_hash)::text, 'UTF8')), 'hex');
  RETURN NEW;
END $body$;
CREATE OR REPLACE FUNCTION ${keep}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
BEGIN
  RAISE EXCEPTION 'the migration journal is append-only: % refused', TG_OP;
END $body$;
CREATE OR REPLACE TRIGGER ${identifier(`${HISTORY}_keep_first`)} BEFORE INSERT ON ${history} FOR EACH ROW EXECUTE FUNCTION ${keepFirst}();
CREATE OR REPLACE TRIGGER ${identifier(`${JOURNAL}_append`)} BEFORE INSERT ON ${journal} FOR EACH ROW EXECUTE FUNCTION ${append}();
CREATE OR REPLACE TRIGGER ${identifier(`${JOURNAL}_keep`)} BEFORE UPDATE OR DELETE OR TRUNCATE ON ${journal} FOR EACH STATEMENT EXECUTE FUNCTION ${keep}();
-- Also under session_replication_role = replica, which data migrations like to set.
${TRIGGERS.map((name) => `ALTER TABLE ${name.startsWith(JOURNAL) ? journal : history} ENABLE ALWAYS TRIGGER ${identifier(name)};`).join('\n')}
`;
}
