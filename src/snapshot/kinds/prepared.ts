import type { Client } from 'pg';
import { RESET, SET } from './pieces.ts';

interface Asked {
  /** What the names of the prepared statements begin with. */
  readonly prefix: string;
  readonly queries: readonly string[];
}

const done = new WeakMap<Client, Set<string>>();

/** Prepares the queries once for a session, under the settings with which they run: another search path would have them planned anew. @returns what runs them */
export async function prepared(client: Client, { prefix, queries }: Asked): Promise<readonly string[]> {
  const prefixes = done.get(client) ?? new Set();
  if (!prefixes.has(prefix))
    await client.query([SET, ...queries.map((query, i) => `PREPARE ${prefix}${i} AS ${query}`), RESET].join(';\n'));
  done.set(client, prefixes.add(prefix));
  return queries.map((_, i) => `EXECUTE ${prefix}${i}`);
}
