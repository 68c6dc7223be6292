import type { Client } from 'pg';
import type { Item } from '../backup/copy/statement.ts';

/** A row of a catalog query that writes its own SQL. */
interface ItemRow {
  readonly name: string;
  readonly tables: readonly string[];
  readonly sql: string;
  readonly exists: string | null;
}

export type Queries = readonly (readonly [Item['kind'], string])[];

/** Lets the server write the statements of each kind, in this order, for the tables with these oids ($1). */
export async function queryItems(client: Client, queries: Queries, oids: readonly number[]): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (const [kind, query] of queries) {
    const { rows } = await client.query<ItemRow>(query, [oids]);
    items.push(...rows.map(({ name, tables, sql, exists }) => ({ kind, name, tables, sql, ...(exists !== null && { exists }) })));
  }
  return items;
}

/** Of `c` with its namespace `n`, as an SQL expression; always quoted, as `qualified` in pg/quote.ts writes it. */
export const NAME_OF = (c: string, n: string): string => `(${quoted(`${n}.nspname`)} || '.' || ${quoted(`${c}.relname`)})`;

const quoted = (name: string): string => `'"' || pg_catalog.replace(${name}::text, '"', '""') || '"'`;
