import { ask, type Question } from '../pg/ask.ts';
import { literal } from '../pg/sql-text.ts';
import { DEFAULT_TABLE, type History, type HistoryTables, historyTables } from './history.ts';
import { type Remembered, rememberedQuestion } from './identity.ts';

/** A history of ours, or of stock Knex, that the same database keeps under another name or in another schema. */
export interface OtherHistory {
  readonly tables: HistoryTables;
  /** Of the migrations that it says are applied. */
  readonly names: readonly string[];
  readonly remembered?: Remembered;
}

interface Found {
  readonly schema: string;
  readonly table: string;
  readonly remembers: boolean;
}

/** Looks for tables of the name that ours has, and of its default name, in every schema that this role may read. */
export const otherTablesQuestion = ({ schema, names }: HistoryTables): Question<readonly Found[]> => ({
  sql: `SELECT n.nspname AS schema, c.relname AS table,
    coalesce(pg_catalog.has_table_privilege(j.oid, 'SELECT'), false)
      AND (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = j.oid AND a.attname IN ('id', 'event', 'at', 'details')) = 4 AS remembers
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class j ON j.relnamespace = n.oid AND j.relname = c.relname || '_journal' AND j.relkind = 'r'
  WHERE c.relname IN (${literal(names.rows)}, ${literal(DEFAULT_TABLE)}) AND c.relkind = 'r' AND c.relpersistence <> 't'
    AND (n.nspname, c.relname) <> (${literal(schema)}, ${literal(names.rows)})
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
    AND (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('id', 'name', 'batch', 'migration_time')) = 4`,
  read: (rows: readonly Found[]) => rows,
});

/** Asks nothing where none was found, as is the rule. */
export async function readOthers({ client }: History, found: readonly Found[]): Promise<readonly OtherHistory[]> {
  const others: OtherHistory[] = [];
  for (const { schema, table, remembers } of found) {
    const tables = historyTables(schema, table);
    const [names, remembered] = await ask(client, namesQuestion(tables), remembers ? rememberedQuestion(tables) : NOTHING);
    others.push({ tables, names, ...(remembered && { remembered: { ...remembered, table: nameOf(tables) } }) });
  }
  return others;
}

const NOTHING: Question<Remembered | undefined> = { sql: 'SELECT', read: () => undefined };

const namesQuestion = ({ rows }: HistoryTables): Question<readonly string[]> => ({
  sql: `SELECT name::text AS name FROM ${rows} WHERE name IS NOT NULL ORDER BY id`,
  read: (found: readonly { readonly name: string }[]) => found.map(({ name }) => name),
});

/** `schema.table`, as one says it. */
export const nameOf = ({ schema, names }: HistoryTables): string => `${schema}.${names.rows}`;

/** What the whole database remembers: a database is one environment, whatever schema its histories are in. */
export const latest = (memories: readonly (Remembered | undefined)[]): Remembered | undefined =>
  memories.filter((one) => one !== undefined).reduce<Remembered | undefined>((a, b) => (a && a.at >= b.at ? a : b), undefined);
