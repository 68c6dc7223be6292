import type { Client } from 'pg';
import { QUERIES } from './catalog-queries.ts';

/** One object of a schema as text that is equal for equal objects. */
export interface SnapshotLine {
  /** `table`, `column`, `index`, … */
  readonly kind: string;
  /** `public.users.email` */
  readonly name: string;
  /** The table, or other relation, that it belongs to: `public.users`. */
  readonly table?: string;
  readonly definition: string;
}

/** Normalised picture of a schema: sorted, and without anything that differs between two equal ones (oids, positions, validity of caches). */
export type Snapshot = readonly SnapshotLine[];

/** Reads the catalogs, of all that is neither the server's nor an extension's. Inside the caller's transaction where there is one; its search path is set for it. */
export async function takeSnapshot(client: Client): Promise<Snapshot> {
  const path = await client.query<{ path: string }>("SELECT pg_catalog.current_setting('search_path') AS path");
  // Names are written out in full only where the path does not lead to them.
  await client.query("SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)");
  try {
    const lines: SnapshotLine[] = [];
    for (const [kind, query] of Object.entries(QUERIES)) {
      const { rows } = await client.query<Omit<SnapshotLine, 'kind'>>(query);
      lines.push(...rows.map((row) => ({ kind, ...row })));
    }
    return lines.toSorted((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name) || compare(a.definition, b.definition));
  } finally {
    await client.query('SELECT pg_catalog.set_config($1, $2, false)', ['search_path', path.rows[0]?.path ?? '']).catch(() => {});
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
