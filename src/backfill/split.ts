import type { Client } from 'pg';
import type { WalkKey } from '../model/backfill.ts';
import { literal } from '../pg/sql-text.ts';
import { FIRST_BATCH } from './pace.ts';
import { asTexts, columnsOf, type Place, placeOf } from './walk.ts';

/** As many as can be worked on at once. */
const MOST_RANGES = 16;
/** Of which the keys are looked at, to tell how they are spread. */
const SAMPLED_PAGES = 400;

/** Behind `from` up to and with `end`. */
export interface Range {
  readonly from: Place | undefined;
  readonly end: Place;
}

export interface Cut {
  readonly ranges: readonly Range[];
  /** As the sample has it; nobody knows of pages. */
  readonly rows?: number;
}

/** Cuts the way to the end into ranges of about as many rows each: by the keys that are there, never by their numbers. */
export async function splitWay(
  client: Client,
  key: WalkKey,
  { end, batch = FIRST_BATCH }: { readonly end: Place; readonly batch?: number | undefined },
): Promise<Cut> {
  if (key.columns.length === 0) return { ranges: between(cutPages(Number(end[0])), end) };
  const { cuts, rows } = await cutKeys(client, key, batch);
  return { ranges: between(cuts, end), rows };
}

function between(cuts: readonly Place[], end: Place): readonly Range[] {
  const ends = [...cuts.filter((cut) => JSON.stringify(cut) !== JSON.stringify(end)), end];
  return ends.map((one, i) => ({ from: ends[i - 1], end: one }));
}

function cutPages(pages: number): readonly Place[] {
  const ranges = Math.max(1, Math.min(MOST_RANGES, Math.floor(pages / 20)));
  return Array.from({ length: ranges - 1 }, (_, i) => [String(Math.round((pages * (i + 1)) / ranges))]);
}

/** The last key of each part but the last, of a sample of pages: a table of any size is asked for as many. */
async function cutKeys(client: Client, key: WalkKey, batch: number) {
  // Only what is partitioned is in its tree.
  const table = `${literal(key.table)}::regclass`;
  const { rows: sizes } = await client.query<{ pages: number }>(
    `SELECT greatest(coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(relid)), pg_catalog.pg_relation_size(${table})) / pg_catalog.current_setting('block_size')::int, 1)::float8 AS pages FROM pg_catalog.pg_partition_tree(${table})`,
  );
  const percent = Math.min(100, (100 * SAMPLED_PAGES) / (sizes[0]?.pages ?? 1));
  // Under names of ours: a column may be called as what is counted beside it.
  const names = key.columns.map((_, i) => `c${i}`);
  const list = names.join(', ');
  const sampled = columnsOf(key).map((column, i) => `${column} AS c${i}`);
  const backwards = names.map((name) => `${name} DESC`).join(', ');
  const ranges = `least(${MOST_RANGES}, pg_catalog.ceil(n * ${(100 / percent).toFixed(6)} / ${batch}))::int`;
  const { rows } = await client.query<Record<string, string>>(
    `WITH s AS (SELECT ${sampled.join(', ')}, pg_catalog.count(*) OVER () AS n FROM ${key.table} t TABLESAMPLE SYSTEM (${percent.toFixed(6)})),
       t AS (SELECT ${list}, n, pg_catalog.ntile(${ranges}) OVER (ORDER BY ${list}) AS tile FROM s),
       e AS (SELECT DISTINCT ON (tile) ${list}, n, tile FROM t ORDER BY tile, ${backwards})
     SELECT ${asTexts(key, names)}, pg_catalog.round(n * ${(100 / percent).toFixed(6)})::text AS n FROM e ORDER BY tile`,
  );
  return { cuts: rows.slice(0, -1).map((row) => placeOf(key, row)), rows: Number(rows[0]?.['n'] ?? 0) };
}
