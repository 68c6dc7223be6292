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

export interface SnapshotWish {
  /** Only these; otherwise all that are neither the server's nor an extension's. */
  readonly schemas?: readonly string[];
  readonly kinds?: readonly string[];
}

/** Reads the catalogs. Inside the caller's transaction where there is one; its search path is set for it. */
export async function takeSnapshot(client: Client, { schemas, kinds }: SnapshotWish = {}): Promise<Snapshot> {
  const path = await client.query<{ path: string }>("SELECT pg_catalog.current_setting('search_path') AS path");
  // Names are written out in full only where the path does not lead to them.
  await client.query("SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)");
  try {
    const lines: SnapshotLine[] = [];
    for (const [kind, query] of Object.entries(QUERIES)) {
      if (kinds && !kinds.includes(kind)) continue;
      const { rows } = await client.query<Omit<SnapshotLine, 'kind'>>(query, [schemas ?? null]);
      lines.push(...rows.map((row) => ({ kind, ...row })));
    }
    return lines.toSorted((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name) || compare(a.definition, b.definition));
  } finally {
    await client.query('SELECT pg_catalog.set_config($1, $2, false)', ['search_path', path.rows[0]?.path ?? '']).catch(() => {});
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A snapshot to read or to keep in a file: one object a line. */
export const printSnapshot = (snapshot: Snapshot): string =>
  snapshot.map(({ kind, name, definition }) => `${kind} ${name}: ${definition.replace(/\s+/g, ' ').trim()}\n`).join('');
