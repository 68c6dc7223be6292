// Backfills that run in the background: what is to be done, and how far each range of the key is. They go when all is done.

import type { WalkKey } from '../model/backfill.ts';
import type { BackgroundFailure, Job, JobRange } from '../model/background.ts';
import type { Question } from '../pg/ask.ts';
import { literal, qualified } from '../pg/sql-text.ts';
import type { HistoryTables } from './history.ts';

export const jobsOf = ({ schema, names }: HistoryTables): string => qualified(schema, `${names.rows}_jobs`);
export const rangesOf = ({ schema, names }: HistoryTables): string => qualified(schema, `${names.rows}_ranges`);

// A range's row is locked by whoever works on it, so its updates are to find room on their page.
const TABLES = (history: HistoryTables): string => `
CREATE TABLE ${jobsOf(history)} (
  name text NOT NULL, part integer NOT NULL, checksum text NOT NULL, path text NOT NULL, script text NOT NULL, settings jsonb NOT NULL, key jsonb NOT NULL,
  pass integer NOT NULL DEFAULT 1, remaining bigint, walked bigint NOT NULL DEFAULT 0, started_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  paused_by text, failure jsonb, PRIMARY KEY (name, part));
CREATE TABLE ${rangesOf(history)} (
  name text NOT NULL, part integer NOT NULL, number integer NOT NULL, "from" jsonb, place jsonb, "end" jsonb NOT NULL, rows bigint NOT NULL DEFAULT 0,
  batch integer NOT NULL, is_done boolean NOT NULL DEFAULT false, worker text, rate integer, updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  PRIMARY KEY (name, part, number)) WITH (fillfactor = 50);`;

/** To be sent in a transaction as ourselves. IF NOT EXISTS would want CREATE on the schema each time. */
const makeJobs = (history: HistoryTables): string =>
  `DO $lockstep$ BEGIN IF pg_catalog.to_regclass(${literal(jobsOf(history))}) IS NULL THEN ${TABLES(history)} END IF; END $lockstep$;`;

/** Whether the role of the session may make the tables, or they are there. */
export const mayKeepJobs = (history: HistoryTables): Question<boolean> => ({
  sql: `SELECT pg_catalog.to_regclass(${literal(jobsOf(history))}) IS NOT NULL OR pg_catalog.has_schema_privilege(session_user, ${literal(history.schema)}, 'CREATE') AS may`,
  read: ([row]: readonly { readonly may: boolean }[]) => row?.may === true,
});

const json = (value: unknown): string => (value === undefined ? 'NULL' : `${literal(JSON.stringify(value))}::jsonb`);

export type Which = Pick<Job, 'name' | 'part'>;
const meant = ({ name, part }: Which): string => `name = ${literal(name)} AND part = ${part}`;

export interface NewJob extends Which {
  /** Of the part. */
  readonly checksum: string;
  readonly path: string;
  /** The part alone, at its place in the file. */
  readonly text: string;
  readonly key: WalkKey;
  readonly ranges: readonly NewRange[];
}

export interface NewRange {
  readonly from: readonly string[] | undefined;
  readonly end: readonly string[];
  readonly batch: number;
}

/** SQL that records a job, in the transaction that records its part. @param settings SQL for what the script has set for its session */
export function insertJob(history: HistoryTables, job: NewJob, settings: string): string {
  const { name, part, checksum, path, text, key } = job;
  return `${makeJobs(history)} ${deleteJob(history, job)}
INSERT INTO ${jobsOf(history)} (name, part, checksum, path, script, settings, key)
VALUES (${literal(name)}, ${part}, ${literal(checksum)}, ${literal(path)}, ${literal(text)}, ${settings}, ${json(key)});
${insertRanges(history, job, job.ranges)}`;
}

const insertRanges = (history: HistoryTables, { name, part }: Which, ranges: readonly NewRange[]): string =>
  ranges
    .map(
      ({ from, end, batch }, i) =>
        `INSERT INTO ${rangesOf(history)} (name, part, number, "from", "end", batch) VALUES (${literal(name)}, ${part}, ${i + 1}, ${json(from)}, ${json(end)}, ${batch});`,
    )
    .join('\n');

export const deleteJob = (history: HistoryTables, which: Which): string =>
  `DELETE FROM ${rangesOf(history)} WHERE ${meant(which)}; DELETE FROM ${jobsOf(history)} WHERE ${meant(which)};`;

/** SQL for another walk, over what came meanwhile. */
export const beginPass = (
  history: HistoryTables,
  job: Job,
  { left, ranges }: { readonly left: number; readonly ranges: readonly NewRange[] },
): string =>
  `UPDATE ${jobsOf(history)} SET pass = pass + 1, remaining = ${left}, walked = walked + (SELECT coalesce(pg_catalog.sum(rows), 0) FROM ${rangesOf(history)} WHERE ${meant(job)}) WHERE ${meant(job)};
  DELETE FROM ${rangesOf(history)} WHERE ${meant(job)}; ${insertRanges(history, job, ranges)}`;

/** SQL that takes a range which nobody works on; its row lock is the lease, and ends with the transaction, however that ends. */
export const takeRange = (history: HistoryTables, job: Which, worker: string): string =>
  `SELECT number, place, "from", "end", batch FROM ${rangesOf(history)} r WHERE ${meant(job)} AND NOT is_done
     AND EXISTS (SELECT FROM ${jobsOf(history)} j WHERE j.name = r.name AND j.part = r.part AND paused_by IS NULL AND failure IS NULL)
   ORDER BY worker IS NOT DISTINCT FROM ${literal(worker)} DESC, worker IS NULL DESC, updated_at, number LIMIT 1 FOR UPDATE OF r SKIP LOCKED`;

/** SQL that takes the end of a job that is walked; of its rows no table may be read before they are locked. */
export const takeEnd = (history: HistoryTables, job: Which): string =>
  `SELECT number FROM ${rangesOf(history)} WHERE ${meant(job)} ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED`;

export interface Moved {
  readonly range: JobRange;
  readonly to: readonly string[];
  readonly rows: number;
  readonly batch: number;
  readonly worker: string;
  readonly rate: number | undefined;
}

/** SQL that goes with a batch. It fails where the place is not the one that the batch began at, and the batch with it. */
export function moveRange(history: HistoryTables, job: Which, { range: { number, place }, ...moved }: Moved): string {
  const before = place === undefined ? 'place IS NULL' : `place = ${json(place)}`;
  const { to, rows, batch, worker, rate } = moved;
  return `UPDATE ${rangesOf(history)} SET place = ${json(to)}, rows = rows + ${rows}, batch = ${batch}, is_done = "end" = ${json(to)}, worker = ${literal(worker)}, rate = ${literal(rate)}, updated_at = pg_catalog.clock_timestamp()
  WHERE ${meant(job)} AND number = ${number} AND ${before};
  SELECT 1 / (SELECT pg_catalog.count(*) FROM ${rangesOf(history)} WHERE ${meant(job)} AND number = ${number} AND place = ${json(to)});`;
}

export const failJob = (history: HistoryTables, job: Which, failure: BackgroundFailure): string =>
  `UPDATE ${jobsOf(history)} SET failure = ${json(failure)} WHERE ${meant(job)};`;

/** @param by who pauses it; undefined: it goes on, also where it had failed */
export const pauseJobs = (history: HistoryTables, name: string, by: string | undefined): string =>
  `UPDATE ${jobsOf(history)} SET paused_by = ${literal(by)}${by === undefined ? ', failure = NULL' : ''} WHERE name = ${literal(name)}`;

/** SQL for a history in which there may never have been a job. */
const whereThere = (history: HistoryTables, sql: string): string =>
  `DO $lockstep$ BEGIN IF pg_catalog.to_regclass(${literal(jobsOf(history))}) IS NOT NULL THEN ${sql} END IF; END $lockstep$`;

/** Waits for the batches that are under way, and lets nobody begin another before the transaction has ended. One statement. */
export const holdJobs = (history: HistoryTables, name: string): string =>
  whereThere(history, `PERFORM 1 FROM ${rangesOf(history)} WHERE name = ${literal(name)} ORDER BY part, number FOR UPDATE;`);

export const pauseForRollback = (history: HistoryTables, name: string): string =>
  whereThere(history, `${pauseJobs(history, name, 'its rollback')};`);

/** SQL that cancels what is to be done for a migration. */
export const cancelJobs = (history: HistoryTables, name: string): string =>
  `${whereThere(history, `DELETE FROM ${rangesOf(history)} WHERE name = ${literal(name)}; DELETE FROM ${jobsOf(history)} WHERE name = ${literal(name)};`)};`;

export const renameJobs = (history: HistoryTables, before: string, name: string): string =>
  `${whereThere(history, [rangesOf(history), jobsOf(history)].map((table) => `UPDATE ${table} SET name = ${literal(name)} WHERE name = ${literal(before)};`).join(' '))};`;
