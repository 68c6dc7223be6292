import type { Client } from 'pg';
import type { ObjectName } from '../model/effects.ts';
import type { Effect } from '../model/script.ts';
import { identifier, oneMessage, qualified } from './sql-text.ts';

/** How far a non-transactional statement has come, as the catalog tells it. */
export type EffectState = 'absent' | 'done' | 'half-done' | 'unreadable';

/** An index that CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY began and did not finish. */
export interface InvalidIndex {
  readonly schema: string;
  readonly name: string;
}

export const quoteName = ({ schema, name }: ObjectName): string => (schema === undefined ? identifier(name) : qualified(schema, name));

async function exists(client: Client, sql: string, values: readonly string[]): Promise<boolean> {
  const { rowCount } = await client.query(oneMessage(sql, values));
  return (rowCount ?? 0) > 0;
}

// Of those that nobody is building now. Partitioned ones (relkind I) wait for their partitions and are no leftovers.
const INVALID_INDEXES = `SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT i.indisvalid AND c.relkind = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)`;

/** Of a table; with a pattern, only names that match it (manual: sql-createindex, Building Indexes Concurrently). */
export async function findInvalidIndexes(client: Client, table: ObjectName, pattern = '%'): Promise<readonly InvalidIndex[]> {
  const sql = `${INVALID_INDEXES} AND i.indrelid = pg_catalog.to_regclass($1) AND c.relname LIKE $2 ORDER BY 2`;
  return (await client.query<InvalidIndex>(oneMessage(sql, [quoteName(table), pattern]))).rows;
}

/** Leftovers of an interrupted REINDEX CONCURRENTLY end in _ccnew or _ccold (manual: sql-reindex). */
export async function findReindexLeftovers(client: Client): Promise<readonly InvalidIndex[]> {
  const sql = `${INVALID_INDEXES} AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname <> 'pg_toast' ORDER BY 2`;
  return (await client.query<InvalidIndex>(sql)).rows;
}

export async function dropIndexConcurrently(client: Client, { schema, name }: InvalidIndex): Promise<void> {
  await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${qualified(schema, name)}`);
}

/** Names of a table's indexes, to tell afterwards which one an unnamed CREATE INDEX made. */
export async function listIndexes(client: Client, table: ObjectName): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    oneMessage(
      'SELECT c.relname AS name FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = pg_catalog.to_regclass($1) ORDER BY 1',
      [quoteName(table)],
    ),
  );
  return rows.map((row) => row.name);
}

async function indexState(client: Client, table: ObjectName, index: string): Promise<EffectState> {
  const { rows } = await client.query<{ valid: boolean }>(
    oneMessage(
      `SELECT i.indisvalid AS valid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = pg_catalog.to_regclass($1) AND c.relname = $2`,
      [quoteName(table), index],
    ),
  );
  return rows[0] === undefined ? 'absent' : rows[0].valid ? 'done' : 'half-done';
}

async function detachState(client: Client, parent: ObjectName, partition: ObjectName): Promise<EffectState> {
  const { rows } = await client.query<{ pending: boolean }>(
    oneMessage(
      'SELECT inhdetachpending AS pending FROM pg_catalog.pg_inherits WHERE inhparent = pg_catalog.to_regclass($1) AND inhrelid = pg_catalog.to_regclass($2)',
      [quoteName(parent), quoteName(partition)],
    ),
  );
  return rows[0] === undefined ? 'done' : rows[0].pending ? 'half-done' : 'absent';
}

const CATALOGS = {
  'create-database': ['pg_database', 'datname', true],
  'drop-database': ['pg_database', 'datname', false],
  'create-tablespace': ['pg_tablespace', 'spcname', true],
  'drop-tablespace': ['pg_tablespace', 'spcname', false],
} as const;

export async function readEffect(client: Client, effect: Effect): Promise<EffectState> {
  switch (effect.kind) {
    case 'create-index':
      return effect.index === undefined ? 'unreadable' : indexState(client, effect.table, effect.index);
    case 'drop-index':
      return (await exists(client, 'SELECT 1 WHERE pg_catalog.to_regclass($1) IS NOT NULL', [quoteName(effect.index)])) ? 'absent' : 'done';
    case 'detach-partition':
      return detachState(client, effect.parent, effect.partition);
    case 'create-database':
    case 'drop-database':
    case 'create-tablespace':
    case 'drop-tablespace': {
      const [catalog, column, wanted] = CATALOGS[effect.kind];
      return (await exists(client, `SELECT FROM pg_catalog.${catalog} WHERE ${column} = $1`, [effect.name])) === wanted ? 'done' : 'absent';
    }
    case 'reindex':
    case 'repeatable':
    case 'add-enum-value':
      return 'absent';
    case 'unknown':
      return 'unreadable';
  }
}
