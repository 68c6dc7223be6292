// Where a backfill is, batch by batch: a row that changes in the transaction of each batch, and goes when the part is done.
import { askOne, type Question } from '../pg/ask.ts';
import { literal, qualified } from '../pg/sql-text.ts';
import type { History, HistoryTables } from './history.ts';

export interface KeptBackfill {
  readonly name: string;
  readonly direction: string;
  readonly checksum: string;
  /** The last key that a batch has done; undefined before the first. */
  readonly place: readonly string[] | undefined;
  /** Up to and with which it goes. */
  readonly end: readonly string[];
  readonly rows: number;
  readonly batch: number;
  readonly pausedBy?: string;
}

const tableOf = ({ schema, names }: HistoryTables): string => qualified(schema, `${names.rows}_backfills`);

/** To be sent in a transaction as ourselves. IF NOT EXISTS would want CREATE on the schema each time. */
export const makeBackfills = (history: HistoryTables): string => `
DO $lockstep$ BEGIN IF pg_catalog.to_regclass(${literal(tableOf(history))}) IS NULL THEN
CREATE TABLE ${tableOf(history)} (
  name text NOT NULL, direction text NOT NULL, checksum text NOT NULL, place jsonb, "end" jsonb NOT NULL, rows bigint NOT NULL, batch integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT pg_catalog.now(), updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(), paused_by text,
  PRIMARY KEY (name, direction, checksum));
END IF; END $lockstep$;`;

interface Row {
  readonly name: string;
  readonly direction: string;
  readonly checksum: string;
  readonly place: readonly string[] | null;
  readonly end: readonly string[];
  readonly rows: string;
  readonly batch: number;
  readonly paused_by: string | null;
}

const read = (rows: readonly Row[]): readonly KeptBackfill[] =>
  rows.map(({ place, rows: walked, paused_by, ...row }) => ({
    ...row,
    place: place ?? undefined,
    rows: Number(walked),
    ...(paused_by !== null && { pausedBy: paused_by }),
  }));

const isThere = (history: HistoryTables): Question<boolean> => ({
  sql: `SELECT pg_catalog.to_regclass(${literal(tableOf(history))}) IS NOT NULL AS found`,
  read: ([row]: readonly { readonly found: boolean }[]) => row?.found === true,
});

/** Those that are not done yet. */
export async function readBackfills(history: History): Promise<readonly KeptBackfill[]> {
  if (!(await askOne(history.client, isThere(history)))) return [];
  return askOne(history.client, {
    sql: `SELECT name, direction, checksum, place, "end", rows::text, batch, paused_by FROM ${tableOf(history)} ORDER BY started_at`,
    read,
  });
}

const json = (value: unknown): string => `${literal(JSON.stringify(value))}::jsonb`;

type Which = Pick<KeptBackfill, 'name' | 'direction' | 'checksum'>;

const meant = ({ name, direction, checksum }: Which): string =>
  `name = ${literal(name)} AND direction = ${literal(direction)} AND checksum = ${literal(checksum)}`;

export const beginBackfill = (history: HistoryTables, { name, direction, checksum, end, batch, rows }: KeptBackfill): string =>
  `INSERT INTO ${tableOf(history)} (name, direction, checksum, "end", rows, batch) VALUES (${literal(name)}, ${literal(direction)}, ${literal(checksum)}, ${json(end)}, ${rows}, ${batch})
   ON CONFLICT (name, direction, checksum) DO UPDATE SET place = NULL, "end" = excluded."end", batch = excluded.batch, updated_at = pg_catalog.now();`;

/** SQL that goes with a batch. It fails where another run has moved the place meanwhile, and the batch with it. */
export function moveBackfill(
  history: HistoryTables,
  which: Which,
  moved: { readonly from: readonly string[] | undefined; readonly to: readonly string[]; readonly rows: number; readonly batch: number },
): string {
  const before = moved.from === undefined ? 'place IS NULL' : `place = ${json(moved.from)}`;
  return `UPDATE ${tableOf(history)} SET place = ${json(moved.to)}, rows = rows + ${moved.rows}, batch = ${moved.batch}, updated_at = pg_catalog.clock_timestamp() WHERE ${meant(which)} AND ${before};
  SELECT 1 / (SELECT pg_catalog.count(*) FROM ${tableOf(history)} WHERE ${meant(which)} AND place = ${json(moved.to)});`;
}

export const endBackfill = (history: HistoryTables, which: Which): string => `DELETE FROM ${tableOf(history)} WHERE ${meant(which)};`;

/** @param by who pauses it; undefined: it goes on */
export const pauseBackfills = (history: HistoryTables, name: string | undefined, by: string | undefined): string =>
  `UPDATE ${tableOf(history)} SET paused_by = ${literal(by)}${name === undefined ? '' : ` WHERE name = ${literal(name)}`} RETURNING name`;
