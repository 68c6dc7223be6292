import type { Client, QueryResult } from 'pg';
import { queriesFor } from './catalog-queries.ts';
import { RESET, SET } from './kinds/pieces.ts';
import { prepared } from './kinds/prepared.ts';

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

type Row = Omit<SnapshotLine, 'kind' | 'table'> & { readonly table?: string | null };

/** Reads the catalogs, of all that is neither the server's nor an extension's, in one message. Inside the caller's transaction where there is one, which keeps its settings. */
export async function takeSnapshot(client: Client): Promise<Snapshot> {
  const queries = await queriesOf(client);
  return read(
    client,
    queries,
    queries.map(([, query]) => query),
  );
}

/**
 * The same for a session that takes one picture after another, and is never reset: to plan the queries takes as long as to run them.
 * Call it outside of a transaction first.
 */
export async function takeSnapshotAgain(client: Client): Promise<Snapshot> {
  const queries = known.get(client) ?? (await queriesOf(client));
  known.set(client, queries);
  return read(
    client,
    queries,
    await prepared(client, {
      prefix: 'lockstep_picture_',
      queries: queries.map(([, query]) => query),
    }),
  );
}

type Queries = readonly (readonly [kind: string, query: string])[];

const known = new WeakMap<Client, Queries>();

async function queriesOf(client: Client): Promise<Queries> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  return Object.entries(queriesFor(Math.trunc(Number(rows[0]?.server_version_num) / 10_000)));
}

async function read(client: Client, queries: Queries, statements: readonly string[]): Promise<Snapshot> {
  // Several statements give several results, which the types do not know.
  const results = (await client.query([SET, ...statements, RESET].join(';\n'))) as unknown as readonly QueryResult<Row>[];
  return queries.flatMap(([kind], at) => (results[at + 1]?.rows ?? []).map((row) => lineOf(kind, row))).toSorted(compareLines);
}

const ATTACHED = ['owner', 'comment', 'grant', 'security label'];

/** Whether a line is about an object whose name the predicate takes, `public.f()`, or about what belongs to one. */
export function isAbout({ kind, name, table }: SnapshotLine, isMeant: (name: string) => boolean): boolean {
  // The owner of a function is called after both: `function public.f()`.
  const subject = ATTACHED.includes(kind) ? name.replace(/^[a-z -]+ (?=\S)/, '') : name;
  return isMeant(subject) || (table !== undefined && isMeant(table));
}

const lineOf = (kind: string, { table, name, definition }: Row): SnapshotLine => ({ kind, name, ...(table && { table }), definition });

const compareLines = (a: SnapshotLine, b: SnapshotLine): number =>
  compare(a.kind, b.kind) || compare(a.name, b.name) || compare(a.definition, b.definition);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
