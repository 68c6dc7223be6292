import type { Client } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';
import { identifier, literal, oneMessage, qualified } from '../pg/sql-text.ts';
import type { HistoryTables } from './history.ts';

/** A row of a history that stock Knex keeps under another name. */
export interface KnexRow {
  readonly id: number;
  readonly name: string;
  readonly batch: number | null;
  readonly migration_time: string | null;
}

export interface KnexTable {
  readonly schema: string;
  readonly name: string;
}

/** `knex_migrations`, or `other_schema.knex_migrations`. */
export function parseKnexTable(text: string, schema: string): KnexTable {
  const [first = '', second] = text.split('.');
  return second === undefined ? { schema, name: first } : { schema: first, name: second };
}

/** What stock Knex recorded, in order; undefined when there is no such table, or it is another program's. @throws LockstepError where this role may not read it */
export async function readKnexTable(client: Client, { schema, name }: KnexTable): Promise<readonly KnexRow[] | undefined> {
  const columns = await client.query<{ n: number; may_read: boolean; user: string }>(
    oneMessage(
      `SELECT count(*)::int AS n, coalesce(bool_and(pg_catalog.has_table_privilege(a.attrelid, 'SELECT')), false) AS may_read, current_user::text AS user
       FROM pg_catalog.pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass($1) AND NOT a.attisdropped
         AND a.attname IN ('id', 'name', 'batch', 'migration_time')`,
      [qualified(schema, name)],
    ),
  );
  const [found] = columns.rows;
  if (found?.n !== 4) return undefined;
  if (!found.may_read) throw closed(schema, name, found.user);
  const { rows } = await client.query<KnexRow>(
    `SELECT id, name, batch, migration_time::text FROM ${qualified(schema, name)} WHERE name IS NOT NULL ORDER BY id`,
  );
  return rows;
}

const closed = (schema: string, name: string, user: string): LockstepError =>
  new LockstepError({
    code: 'privilege-missing',
    what: `User "${user}" may not read ${schema}.${name}, in which stock Knex keeps its history`,
    next: `as the owner of the table: GRANT SELECT ON ${qualified(schema, name)} TO ${identifier(user)};`,
    exitCode: 2,
  });

/** Whether a stock Knex runs on the table, or died there. */
export async function isKnexLocked(client: Client, { schema, name }: KnexTable): Promise<boolean> {
  const lock = qualified(schema, `${name}_lock`);
  const { rows } = await client.query<{ found: boolean }>(oneMessage('SELECT pg_catalog.to_regclass($1) IS NOT NULL AS found', [lock]));
  if (!rows[0]?.found) return false;
  const locked = await client.query(`SELECT FROM ${lock} WHERE is_locked <> 0`);
  return (locked.rowCount ?? 0) > 0;
}

export interface Adopted {
  readonly name: string;
  readonly checksum: string;
  readonly description?: string;
  readonly row: KnexRow;
}

/** The row of history for what stock Knex recorded elsewhere; with its batch where nothing stands before it. */
export function insertAdopted({ rows: table }: HistoryTables, { name, checksum, description, row }: Adopted, keepsBatch: boolean): string {
  const id = `greatest(pg_catalog.nextval(pg_catalog.pg_get_serial_sequence(${literal(table)}, 'id')), last.id + 1)`;
  const batch = keepsBatch && row.batch !== null ? String(row.batch) : 'last.batch + 1';
  return `INSERT INTO ${table} (id, name, batch, migration_time, description, checksum)
SELECT ${id}, ${literal(name)}, ${batch}, ${literal(row.migration_time ?? undefined)}::timestamptz, ${literal(description)}, ${literal(checksum)}
FROM (SELECT coalesce(pg_catalog.max(batch), 0) AS batch, coalesce(pg_catalog.max(id), 0) AS id FROM ${table}) last;`;
}

/** Gives a row of our own table, which stock Knex wrote, the name without extension and its checksum. */
export const updateAdopted = ({ rows }: HistoryTables, { name, checksum, description, row }: Adopted): string =>
  `UPDATE ${rows} SET name = ${literal(name)}, checksum = ${literal(checksum)}, description = coalesce(description, ${literal(description)}) WHERE id = ${row.id};`;
