import type pg from 'pg';
import { type Mode, strongest } from './cell.ts';

/** What was seen of a part while it stood still, or at its end. */
export interface Seen {
  readonly locks: Readonly<Record<string, Mode>>;
  readonly readersWait: readonly string[];
  readonly writersWait: readonly string[];
  /** Tables of which rows were read one after the other, where the server counts them. */
  readonly reads?: ReadonlySet<number>;
}

/** A table, view, materialized view or index that was given. */
export interface Relation {
  readonly oid: number;
  /** Without its schema where that is `public`. */
  readonly name: string;
  readonly qualified: string;
  readonly kind: string;
  /** Of the first column. */
  readonly column: string | null;
}

const GIVEN = `SELECT c.oid, CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name,
    format('%I.%I', n.nspname, c.relname) AS qualified, c.relkind AS kind,
    (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum LIMIT 1) AS column
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'v', 'i', 'I') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

export const readRelations = async (client: pg.Client): Promise<readonly Relation[]> =>
  (await client.query<Relation>(GIVEN)).rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));

const isIndex = ({ kind }: Relation): boolean => kind === 'i' || kind === 'I';
export const isStored = ({ kind }: Relation): boolean => ['r', 'p', 'm'].includes(kind);

const COUNTS = 'SELECT oid, pg_stat_get_xact_tuples_returned(oid) AS read FROM unnest($1::oid[]) oid';
const FILES = 'SELECT oid, relfilenode AS file, pg_relation_size(oid) AS size FROM pg_class WHERE oid = ANY ($1::oid[])';

const oids = (relations: readonly Relation[]): readonly number[] => relations.map(({ oid }) => oid);

/** Rows read one after the other in this transaction, and before it as far as the server has not reported them yet. */
export async function countReads(client: pg.Client, relations: readonly Relation[]): Promise<ReadonlyMap<number, number>> {
  const { rows } = await client.query<{ oid: number; read: string }>(COUNTS, [oids(relations.filter(isStored))]);
  return new Map(rows.map(({ oid, read }) => [oid, Number(read)]));
}

/** The file of each relation that has one and is not empty: TRUNCATE makes a new one and writes nothing. */
export async function readFiles(client: pg.Client, relations: readonly Relation[]): Promise<ReadonlyMap<number, number>> {
  const { rows } = await client.query<{ oid: number; file: number; size: string }>(FILES, [oids(relations)]);
  return new Map(rows.flatMap(({ oid, file, size }) => (Number(size) > 0 ? [[oid, file] as const] : [])));
}

const LOCKS = "SELECT DISTINCT relation, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation = ANY ($2::oid[])";

/** What a session holds or waits for, the strongest of each relation; of an index only what somebody might notice. */
export async function readLocks(observer: pg.Client, pid: number, relations: readonly Relation[]): Promise<Readonly<Record<string, Mode>>> {
  const { rows } = await observer.query<{ relation: number; mode: string }>(LOCKS, [pid, oids(relations)]);
  const found: Record<string, Mode> = {};
  for (const relation of relations)
    for (const { mode } of rows.filter((row) => row.relation === relation.oid)) {
      const short = mode.replace(/Lock$/, '') as Mode;
      if (!isIndex(relation) || strongest(short, 'RowExclusive') !== 'RowExclusive')
        found[relation.name] = strongest(found[relation.name], short);
    }
  return found;
}

const LOCK_TIMEOUT = '55P03';

/** Tries to get past: a query that locks what it would need, and nothing else. */
async function waits(observer: pg.Client, sql: string): Promise<boolean> {
  try {
    await observer.query(sql);
    return false;
  } catch (error) {
    return codeOf(error) === LOCK_TIMEOUT;
  }
}

export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown');

/** Whose readers and writers have to wait now. */
export async function tryPast(observer: pg.Client, relations: readonly Relation[]): Promise<Pick<Seen, 'readersWait' | 'writersWait'>> {
  const [readersWait, writersWait]: [string[], string[]] = [[], []];
  for (const { name, qualified, kind, column } of relations.filter((one) => !isIndex(one))) {
    if (await waits(observer, `SELECT 1 FROM ${qualified} LIMIT 0`)) readersWait.push(name);
    const isWritten = (kind === 'r' || kind === 'p') && column !== null;
    if (isWritten && (await waits(observer, `UPDATE ${qualified} SET ${column} = ${column} WHERE false`))) writersWait.push(name);
  }
  return { readersWait, writersWait };
}
