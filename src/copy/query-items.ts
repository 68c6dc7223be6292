import type { Client } from 'pg';
import type { Item } from './item.ts';

/** A row of a catalog query that writes its own SQL. */
interface ItemRow {
  readonly name: string;
  readonly tables: readonly string[];
  readonly sql: string;
  readonly exists: string | null;
}

/** Lets the server write the statements of one kind, for the tables with these oids ($1). */
export async function queryItems(client: Client, kind: Item['kind'], query: string, oids: readonly number[]): Promise<readonly Item[]> {
  const { rows } = await client.query<ItemRow>(query, [oids]);
  return rows.map(({ name, tables, sql, exists }) => ({ kind, name, tables, sql, ...(exists !== null && { exists }) }));
}

/** Of `c` with its namespace `n`, as an SQL expression. */
export const NAME_OF = (c: string, n: string): string => `(pg_catalog.quote_ident(${n}.nspname) || '.' || pg_catalog.quote_ident(${c}.relname))`;
