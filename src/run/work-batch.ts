import { nextBatch, type Took } from '../backfill/pace.ts';
import { COUNT_WAITING } from '../backfill/waiting.ts';
import { nextStretch, rangeOf, type Stretch } from '../backfill/walk.ts';
import { Others } from '../backfill/yield.ts';
import { moveRange, takeRange } from '../history/jobs.ts';
import type { Job, JobRange } from '../model/background.ts';
import type { Step } from '../model/plan.ts';
import type { Part, Script } from '../model/script.ts';
import { withRange } from '../sql/script/backfill.ts';
import { asOurselves } from './last-look.ts';
import { withLockPatience } from './lock-patience.ts';
import type { RunContext } from './run-context.ts';
import { runOnce } from './run-transaction.ts';

/** A job with its text read. */
export interface Work {
  readonly job: Job;
  readonly script: Script;
  readonly part: Extract<Part, { mode: 'backfill' }>;
}

const MEASURED_MS = 5_000;

/** Who works, and how it gets on in the range that it had last. */
export class Pace {
  readonly worker: string;
  readonly others = new Others();
  rate: number | undefined;
  private range: string | undefined;
  private batch = 0;
  private since = performance.now();
  private rows = 0;

  constructor(worker: string) {
    this.worker = worker;
  }

  batchFor(job: Job, { number, batch }: JobRange): number {
    const range = `${job.name} ${job.part} ${job.pass} ${number}`;
    if (range !== this.range) Object.assign(this, { range, batch });
    return this.batch;
  }

  /** @param fixed rows of each batch, where somebody has said so */
  add(rows: number, took: Took, fixed: number | undefined): void {
    this.batch = fixed ?? nextBatch(this.batch, { ...took, isGentle: this.others.isGentle });
    this.rows += rows;
    const ms = performance.now() - this.since;
    this.rate = Math.round((this.rows * 1_000) / Math.max(ms, 1));
    if (ms > MEASURED_MS) this.rest();
  }

  /** What waits has no pace. */
  rest(): void {
    this.since = performance.now();
    this.rows = 0;
  }
}

export interface Batched {
  readonly rows: number;
  /** Rows that a batch has. */
  readonly batch: number;
  /** Sessions that waited for it. */
  readonly waiting: number;
  readonly tookMs: number;
}

// What a role or a script has made of the session must not turn "somebody has it" into an error.
const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';

/**
 * One transaction: a range that nobody has, its next batch, and the place where that ended. Whoever is killed in it has done nothing,
 * and its range is free when its session ends.
 * @returns rows walked over, and how many a batch has; undefined where every range is done or taken
 */
export async function workBatch(context: RunContext, work: Work, pace: Pace): Promise<Batched | undefined> {
  const { job, part } = work;
  const needs = part.statements[0].effects?.locks ?? [];
  let done: Batched | undefined;
  await withLockPatience(context, { name: job.name, direction: 'up', needs }, async (lockTimeoutMs) => {
    const startedAt = performance.now();
    const range = await take(context, job, pace);
    if (!range) return;
    const batch = pace.batchFor(job, range);
    const { rows, waiting } = await runRange(context, work, { range, batch, pace, lockTimeoutMs });
    const tookMs = performance.now() - startedAt;
    pace.add(rows, { tookMs, waiting }, part.backfill.batch);
    done = { rows, batch, waiting, tookMs };
  });
  return done;
}

/** Leaves a transaction open where there is a range. */
async function take(context: RunContext, job: Job, { worker }: Pace): Promise<JobRange | undefined> {
  const range = await lease(context, takeRange(context.history, job, worker));
  return range && { ...range, from: range.from ?? undefined, place: range.place ?? undefined };
}

/** Begins a transaction and locks a row of ours in it. @returns undefined, and no transaction, where somebody has it or nothing is there */
export async function lease(context: RunContext, sql: string): Promise<JobRange | undefined> {
  const answers = (await context.client.query([BEGIN, ...asOurselves(context, sql)].join('; '))) as unknown as readonly {
    readonly rows: readonly JobRange[];
  }[];
  const range = answers.flatMap(({ rows }) => rows).find((row) => 'number' in row);
  if (!range) await context.client.query('ROLLBACK');
  return range;
}

interface Taken {
  readonly range: JobRange;
  readonly batch: number;
  readonly pace: Pace;
  readonly lockTimeoutMs: number;
}

async function runRange(
  context: RunContext,
  { job, script, part }: Work,
  { range, batch, pace, lockTimeoutMs }: Taken,
): Promise<{ readonly rows: number; readonly waiting: number }> {
  const { client, history, session } = context;
  const from = range.place ?? range.from;
  const stretch: Stretch | undefined = await nextStretch(client, job.key, { from, end: range.end, rows: batch });
  const { rows = 0, to = range.end } = stretch ?? {};
  const record = `${session.ourselves} ${moveRange(history, job, { range, to, rows, batch, worker: pace.worker, rate: pace.rate })} ${COUNT_WAITING}`;
  if (!stretch) {
    // What lies between the last row and the end is gone: the range is done.
    await client.query(`${record} COMMIT;`);
    return { rows: 0, waiting: 0 };
  }
  const [statement] = part.statements;
  const { text, added } = withRange(script.file.text, part.backfill, rangeOf(job.key, part.backfill.called, stretch));
  const own: Script = { ...script, file: { ...script.file, text } };
  const texts = [{ script: own, statements: [{ ...statement, end: statement.end + added }] }];
  const { waiting = 0 } = await runOnce(context, { step: stepOf(job, script), texts, record, isLater: true, isOpen: true }, lockTimeoutMs);
  return { rows, waiting };
}

const stepOf = ({ name, checksum }: Job, script: Script): Step => ({
  kind: 'sql',
  direction: 'up',
  migration: { name, version: name.split('_')[0] ?? name },
  script,
  checksum,
});
