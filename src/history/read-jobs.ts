import { type BackgroundFailure, type Job, STUCK } from '../model/background.ts';
import { askOne, type Question } from '../pg/ask.ts';
import { literal } from '../pg/sql-text.ts';
import type { History, HistoryTables } from './history.ts';
import { jobsOf, rangesOf, type Which } from './jobs.ts';

const isThere = (history: HistoryTables): Question<boolean> => ({
  sql: `SELECT pg_catalog.to_regclass(${literal(jobsOf(history))}) IS NOT NULL AS found`,
  read: ([row]: readonly { readonly found: boolean }[]) => row?.found === true,
});

interface Row extends Omit<Job, 'isWalked' | 'pausedBy' | 'failure' | 'text' | 'remaining'> {
  readonly open: number;
  readonly script: string;
  readonly remaining: number | null;
  readonly paused_by: string | null;
  readonly failure: BackgroundFailure | null;
}

/** What a session is called that works on a job. */
export const workingName = ({ name, part }: Which): string => `${WORKING} ${part} ${name}`.slice(0, 63);
const WORKING = 'lockstep work';

// A worker tells its pace with each batch. In a long one it is known by its session, as far as the role may see those of others.
const jobsQuestion = (history: HistoryTables): Question<readonly Job[]> => ({
  sql: `SELECT j.name, j.part, j.checksum, j.path, j.script, j.settings, j.key, j.pass, j.remaining::float8, j.paused_by, j.failure, j.started_at AS "startedAt",
    (j.walked + coalesce(r.rows, 0))::float8 AS rows, r.open, greatest(w.workers, a.workers) AS workers, coalesce(w.rate, 0)::float8 AS rate
  FROM ${jobsOf(history)} j
  CROSS JOIN LATERAL (SELECT pg_catalog.sum(rows) AS rows, pg_catalog.count(*) FILTER (WHERE NOT is_done)::int AS open FROM ${rangesOf(history)} r WHERE r.name = j.name AND r.part = j.part) r
  CROSS JOIN LATERAL (SELECT pg_catalog.count(*)::int AS workers, pg_catalog.sum(rate) AS rate FROM (SELECT DISTINCT ON (worker) rate FROM ${rangesOf(history)} r
    WHERE r.name = j.name AND r.part = j.part AND worker IS NOT NULL AND updated_at > pg_catalog.clock_timestamp() - interval '${STUCK}' ORDER BY worker, updated_at DESC) x) w
  CROSS JOIN LATERAL (SELECT pg_catalog.count(*)::int AS workers FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND application_name = pg_catalog.left(pg_catalog.format('${WORKING} %s %s', j.part, j.name), 63)) a
  ORDER BY j.started_at, j.name, j.part`,
  read: (rows: readonly Row[]) =>
    rows.map(({ open, script, paused_by, failure, remaining, ...row }) => ({
      ...row,
      text: script,
      isWalked: open === 0,
      ...(remaining !== null && { remaining }),
      ...(paused_by !== null && { pausedBy: paused_by }),
      ...(failure !== null && { failure }),
    })),
});

/** Those that have not ended, oldest first. */
export async function readJobs(history: History): Promise<readonly Job[]> {
  return (await askOne(history.client, isThere(history))) ? askOne(history.client, jobsQuestion(history)) : [];
}

/** One of them as it is now, in a session that a script may have made somebody else's. @param ourselves SQL that makes a transaction ours */
export async function findJob(history: History, { name, part }: Which, ourselves: string): Promise<Job | undefined> {
  const { sql, read } = jobsQuestion(history);
  const answers = await history.client.query(`BEGIN READ ONLY; ${ourselves} ${sql}; COMMIT`);
  const rows = (answers as unknown as readonly { readonly rows: readonly Row[] }[])
    .flatMap((answer) => answer.rows)
    .filter((row) => 'startedAt' in row);
  return read(rows).find((one) => one.name === name && one.part === part);
}
