import type { Client } from 'pg';
/** One statement of a copy: what it makes, and how to see whether that is there already. */
export interface Item {
  readonly kind:
    | 'schema'
    | 'extension'
    | 'collation'
    | 'type'
    | 'function'
    | 'domain check'
    | 'sequence'
    | 'table'
    | 'attach'
    | 'rows'
    | 'sequence value'
    | 'constraint'
    | 'index'
    | 'trigger'
    | 'row security'
    | 'statistics'
    | 'policy'
    | 'setting'
    | 'comment'
    | 'grant';
  readonly name: string;
  /** `schema.name`, quoted, of the tables or the type that it belongs to; empty for what tables stand on. */
  readonly tables: readonly string[];
  readonly sql: string;
  /** An SQL condition; absent where the statement may simply run again. */
  readonly exists?: string;
}

const MARK = '-- lockstep ';

/** A comment for psql, and the frame by which we find the statement again whatever is in it. */
export const writeItem = ({ sql, ...head }: Item): string =>
  `${MARK}${JSON.stringify({ ...head, lines: sql.split('\n').length })}\n${sql}\n`;

export type Head = Omit<Item, 'sql'> & { readonly lines: number };

export const readHead = (line: string): Head | undefined =>
  line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Head) : undefined;

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
