import { LockstepError } from '../model/lockstep-error.ts';
import { errorCode } from '../pg/connection-failure.ts';
import { identifier, literal, qualified } from '../pg/sql-text.ts';
import type { History, HistoryTables } from './history.ts';

/** What this role may do with one of the history tables. */
export interface Access {
  readonly table: string;
  readonly user: string;
  /** USAGE on the schema, and SELECT. */
  readonly may_read: boolean;
  readonly may_write: boolean;
  /** Row security holds for this role. */
  readonly is_filtered: boolean;
  /** What its numbers come from, quoted. */
  readonly sequence: string | null;
  /** Statements that take away what somebody else has put on the table, and what would fire with each of our changes. */
  readonly obstacles: readonly string[];
}

/** SQL for the columns of `Access`; `n` is the namespace, `c` the table, `s` its sequence, $2 our triggers, and $4 the journal, which is never updated. */
export const ACCESS = `current_user::text AS user, s.oid::regclass::text AS sequence, pg_catalog.row_security_active(c.oid) AS is_filtered,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_read,
       pg_catalog.has_table_privilege(c.oid, 'INSERT')
         AND (c.relname = $4 OR pg_catalog.has_table_privilege(c.oid, 'UPDATE') AND pg_catalog.has_table_privilege(c.oid, 'DELETE'))
         AND coalesce(pg_catalog.has_sequence_privilege(s.oid, 'USAGE'), true) AS may_write,
       ARRAY(SELECT pg_catalog.format('DROP TRIGGER %I ON %I.%I;', t.tgname, n.nspname, c.relname) FROM pg_catalog.pg_trigger t
         WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgname <> ALL ($2))
       || ARRAY(SELECT pg_catalog.format('DROP RULE %I ON %I.%I;', r.rulename, n.nspname, c.relname) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid) AS obstacles`;

/** @throws LockstepError with what lets this role read the history, all of it, or write it. */
export function verifyAccess(schema: string, rows: readonly Access[], wanted: 'read' | 'write'): void {
  const filtered = rows.filter((row) => row.is_filtered);
  if (filtered.length > 0) throw rowsHidden(schema, filtered);
  const denied = rows.find((row) => !row.may_read || (wanted === 'write' && !row.may_write));
  if (!denied) return;
  const user = identifier(denied.user);
  const tables = rows.map(({ table }) => qualified(schema, table)).join(', ');
  const sequences = rows.flatMap(({ sequence }) => (sequence === null ? [] : [sequence])).join(', ');
  throw new LockstepError({
    code: 'privilege-missing',
    what: `User "${denied.user}" may not ${wanted} the migration history in schema "${schema}"`,
    next: [
      `as the owner of its tables: GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${user};`,
      wanted === 'read' ? `GRANT SELECT ON ${tables} TO ${user};` : `GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables} TO ${user};`,
      ...(wanted === 'write' && sequences ? [`GRANT USAGE ON SEQUENCE ${sequences} TO ${user};`] : []),
    ].join('\n'),
    exitCode: 2,
  });
}

/** What a run does not see, it would apply again. */
function rowsHidden(schema: string, rows: readonly Access[]): LockstepError {
  const user = rows[0]?.user ?? '';
  const tables = rows.map(({ table }) => qualified(schema, table));
  return new LockstepError({
    code: 'row-security',
    what: `Row security of ${rows.map(({ table }) => `${schema}.${table}`).join(', ')} can hide rows from user "${user}", and the migration history is to be seen as a whole`,
    next: `as the owner of the tables: ${tables.map((table) => `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;`).join(' ')}\nor as a superuser: ALTER ROLE ${identifier(user)} BYPASSRLS;`,
    exitCode: 2,
  });
}

/** What fires with our changes can refuse or change them: an updated_at trigger on every table, say. */
export function obstructedRefusal({ schema, names }: HistoryTables, obstacles: readonly string[]): LockstepError {
  return new LockstepError({
    code: 'history-obstructed',
    what: `Somebody else's ${obstacles.length === 1 ? 'trigger or rule is' : `${obstacles.length} triggers and rules are`} on the tables of the migration history in schema "${schema}"`,
    next: `${obstacles.join(' ')}
and leave them out where it comes from: in a loop over all tables with AND tablename <> ALL ('{${Object.values(names).join(',')}}')`,
    exitCode: 3,
  });
}

/** Why the history tables could not be made or completed; other errors come back as they are. */
export async function explainTables(history: History, error: unknown): Promise<unknown> {
  const code = errorCode(error);
  if (code === '23505') return (await findDoubles(history)) ?? error;
  return code === '42501' ? notOwned(error, history) : error;
}

function notOwned(cause: unknown, { schema, rows }: History): LockstepError {
  return new LockstepError({
    code: 'privilege-missing',
    what: `The tables of the migration history in schema "${schema}" cannot be completed`,
    detail: `42501 ${cause instanceof Error ? cause.message : ''}`,
    next: `run the command once as the owner of ${rows}`,
    exitCode: 2,
    cause,
  });
}

/** Stock Knex has no unique key on names, so that two runs at once could record one migration twice. */
async function findDoubles({ client, schema, names, rows: table }: History): Promise<LockstepError | undefined> {
  const { rows } = await client.query<{ name: string; ids: number[] }>(
    `SELECT name, pg_catalog.array_agg(id ORDER BY id) AS ids FROM ${table} GROUP BY name HAVING count(*) > 1 ORDER BY name`,
  );
  if (rows.length === 0) return undefined;
  const later = rows.flatMap(({ ids }) => ids.slice(1));
  return new LockstepError({
    code: 'history-doubled',
    what: `The table ${schema}.${names.rows} lists a migration more than once: ${rows.map(({ name, ids }) => `${name} (ids ${ids.join(', ')})`).join('; ')}`,
    next: `keep the first row of each: DELETE FROM ${table} WHERE id IN (${later.map(literal).join(', ')});`,
    exitCode: 3,
  });
}
