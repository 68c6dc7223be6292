import type { Client } from 'pg';
import type { WalkKey } from '../model/backfill.ts';
import { identifier, literal } from '../pg/sql-text.ts';

/** A place on the way: the values of the key as text, or a page's number. */
export type Place = readonly string[];

/** Behind `from` up to and with `to`. */
export interface Stretch {
  readonly from: Place | undefined;
  readonly to: Place;
  readonly rows: number;
}

const rowOf = ({ columns }: WalkKey, place: Place): string =>
  `(${columns.map(({ type }, i) => `${literal(place[i] ?? '')}::${type}`).join(', ')})`;

const namesOf = ({ columns }: WalkKey, called: string): string =>
  `(${columns.map(({ name }) => `${identifier(called)}.${identifier(name)}`).join(', ')})`;

/** SQL that keeps a statement to a stretch. `called`: what the statement calls the table. */
export function rangeOf(key: WalkKey, called: string, { from, to }: Omit<Stretch, 'rows'>): string {
  if (key.columns.length === 0) {
    const ctid = `${identifier(called)}.ctid`;
    return `${ctid} >= '(${from?.[0] ?? 0},0)'::tid AND ${ctid} < '(${to[0]},0)'::tid`;
  }
  const names = namesOf(key, called);
  return `${from ? `${names} > ${rowOf(key, from)} AND ` : ''}${names} <= ${rowOf(key, to)}`;
}

/** Of a table called `t`: an ORDER BY takes a name without its table for the output's, which is text, where a column is called `k0`. */
export const columnsOf = ({ columns }: WalkKey): readonly string[] => columns.map(({ name }) => `t.${identifier(name)}`);

// As text they look as DateStyle says, which another session may read as another day; as JSON always alike.
const DATES = /^(?:date|timestamp)\b/;

/** What `placeOf` reads. */
export const asTexts = ({ columns }: WalkKey, names: readonly string[]): string =>
  names
    .map((name, i) => `${DATES.test(columns[i]?.type ?? '') ? `pg_catalog.to_json(${name}) #>> '{}'` : `${name}::text`} AS k${i}`)
    .join(', ');

/** The last key there is now, or how many pages; undefined where the table is empty. */
export async function findEnd(client: Client, key: WalkKey): Promise<Place | undefined> {
  if (key.columns.length === 0) {
    const { rows } = await client.query<{ pages: string }>(
      `SELECT (pg_catalog.pg_relation_size(${literal(key.table)}::regclass) / pg_catalog.current_setting('block_size')::int)::text AS pages`,
    );
    return rows[0]?.pages === '0' ? undefined : [rows[0]?.pages ?? '0'];
  }
  const list = columnsOf(key);
  const { rows } = await client.query<Record<string, string>>(
    `SELECT ${asTexts(key, list)} FROM ${key.table} t ORDER BY ${list.map((name) => `${name} DESC`).join(', ')} LIMIT 1`,
  );
  return rows[0] && placeOf(key, rows[0]);
}

/** The next rows behind the last key that was seen, up to the end; undefined where there are none. */
export async function nextStretch(
  client: Client,
  key: WalkKey,
  wish: { readonly from: Place | undefined; readonly end: Place; readonly rows: number },
): Promise<Stretch | undefined> {
  if (key.columns.length === 0) return nextPages(wish);
  const list = columnsOf(key);
  const range = `FROM ${key.table} t WHERE ${rangeOf(key, 't', { from: wish.from, to: wish.end })}`;
  const { rows } = await client.query<Record<string, string>>(
    `SELECT ${asTexts(key, list)} ${range} ORDER BY ${list.join(', ')} OFFSET ${wish.rows - 1} LIMIT 1`,
  );
  if (rows[0]) return { from: wish.from, to: placeOf(key, rows[0]), rows: wish.rows };
  // Fewer are left than a batch has.
  const { rows: rest } = await client.query<{ rows: string }>(`SELECT pg_catalog.count(*)::text AS rows ${range}`);
  const left = Number(rest[0]?.rows ?? 0);
  return left > 0 ? { from: wish.from, to: wish.end, rows: left } : undefined;
}

/** Some 50 rows stand on a page. */
const ROWS_PER_PAGE = 50;

function nextPages({
  from,
  end,
  rows,
}: {
  readonly from: Place | undefined;
  readonly end: Place;
  readonly rows: number;
}): Stretch | undefined {
  const [first, last] = [Number(from?.[0] ?? 0), Number(end[0])];
  const to = Math.min(last, first + Math.max(1, Math.round(rows / ROWS_PER_PAGE)));
  return first >= last ? undefined : { from, to: [String(to)], rows: (to - first) * ROWS_PER_PAGE };
}

export const placeOf = ({ columns }: WalkKey, row: Record<string, string>): Place => columns.map((_, i) => row[`k${i}`] ?? '');
