import { setTimeout as sleep } from 'node:timers/promises';
import { whoWaited } from '../backfill/waiting.ts';
import { pausedBy } from '../backfill/yield.ts';
import { failJob } from '../history/jobs.ts';
import { findJob, readJobs, workingName } from '../history/read-jobs.ts';
import type { BackgroundFailure, Job } from '../model/background.ts';
import { progressOf } from '../model/background-progress.ts';
import { given } from '../model/given.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import { cancelOnAbort } from '../pg/cancel.ts';
import { isConnectionLost, plainFailure } from '../pg/failure.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { endJob } from './end-job.ts';
import { isLockWait } from './lock-patience.ts';
import { inOwnTransaction } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import { restoreSettings } from './run-parts.ts';
import { StatementFailed } from './statement-failed.ts';
import { Pace, type Work, workBatch } from './work-batch.ts';

/** So long a worker stays with one job while others wait. */
const STINT_MS = 20_000;
/** How often one with nothing to do looks: also for the range of a worker that was killed, which no message would tell of. */
const POLL_MS = 1_000;

export interface Working {
  /** Ends when nothing is left, instead of waiting for more. */
  readonly isOnce: boolean;
  readonly worker: string;
}

/** Works until it is told to stop, or nothing is left. @returns the jobs that failed and are left */
export async function workOnJobs(context: RunContext, { isOnce, worker }: Working): Promise<readonly Job[]> {
  const pace = new Pace(worker);
  let told = '';
  let isFirst = true;
  const endCancelling = cancelOnAbort(context.client, context.interruption);
  try {
    for (;;) {
      context.interruption.throwIfAborted();
      await context.client.query(context.session.fresh);
      const jobs = await readJobs(context.history);
      if (isFirst) tellFailed(context, jobs);
      isFirst = false;
      const open = firstOfEach(jobs).filter(({ failure }) => !failure);
      if (isOnce && open.length === 0) return jobs;
      let hasWorked = false;
      for (const job of open) {
        told = tellOnce(context, job, told);
        hasWorked = (await workOn(context, job, pace)) || hasWorked;
      }
      if (!hasWorked) await rest(context, POLL_MS);
    }
  } finally {
    endCancelling();
  }
}

/** What failed before we came, and is not worked on. */
function tellFailed({ emit }: RunContext, jobs: readonly Job[]): void {
  for (const { name, failure } of jobs)
    if (failure) emit({ type: 'note', text: `${name} has failed and waits: ${failure.what}`, next: failure.next });
}

/** Which one the lines that follow are about. */
function tellOnce({ emit }: RunContext, { name, part, pass }: Job, told: string): string {
  const now = `${name}, part ${part}${pass > 1 ? ', over what came meanwhile' : ''}`;
  if (now !== told) emit({ type: 'note', text: `working on ${now}` });
  return now;
}

/** The parts of one migration run one behind the other, as they stand in its file. */
const firstOfEach = (jobs: readonly Job[]): readonly Job[] =>
  jobs.filter(({ name, part }) => !jobs.some((other) => other.name === name && other.part < part));

const rest = ({ interruption }: RunContext, ms: number): Promise<void> => sleep(ms, undefined, { signal: interruption }).catch(() => {});

/** @returns whether there was something to do */
async function workOn(context: RunContext, first: Job, pace: Pace): Promise<boolean> {
  try {
    const work = await beginWork(context, first);
    return await stint(context, work, pace);
  } catch (error) {
    await context.client.query('ROLLBACK').catch(() => {});
    if (context.interruption.aborted || isConnectionLost(causeOf(error))) throw causeOf(error);
    // Somebody was in the way all the time: nobody waits for a background job, so it waits for them.
    if (!isLockWait(error)) await fail(context, first, error);
    return false;
  }
}

const causeOf = (error: unknown): unknown => (error instanceof StatementFailed ? error.cause : error);

/** The session as the script has left it, and its text. */
async function beginWork(context: RunContext, job: Job): Promise<Work> {
  await context.client.query(`${context.session.fresh} SET application_name = ${literal(workingName(job))}`);
  const script = await parseScript({ path: job.path, text: job.text, checksum: job.checksum });
  const [part] = script.parts;
  if (part?.mode !== 'backfill') throw new Error(`the text of ${job.name} is no backfill: ${identifier(job.path)}`);
  await restoreSettings(context, job.settings);
  return { job, script, part };
}

async function stint(context: RunContext, work: Work, pace: Pace): Promise<boolean> {
  const until = performance.now() + STINT_MS;
  let hasWorked = false;
  while (performance.now() < until) {
    context.interruption.throwIfAborted();
    const job = await findJob(context.history, work.job, context.session.ourselves);
    if (!job || job.failure || job.pass !== work.job.pass) return hasWorked;
    const why = await findHold(context, { ...work, job }, pace);
    if (why !== undefined) {
      pace.rest();
      context.emit({ type: 'backfill', ...progressOf(job), batch: 0, why });
      return hasWorked;
    }
    const now = { ...work, job };
    const isMoving = job.isWalked ? await end(context, now) : await oneBatch(context, now, pace);
    if (!isMoving) return hasWorked;
    hasWorked = true;
  }
  return true;
}

const findHold = async ({ client, environment }: RunContext, { job, part }: Work, { others }: Pace): Promise<string | undefined> =>
  job.pausedBy === undefined ? others.inTheWay(client, job.key.table, part.backfill) : pausedBy(job.pausedBy, environment);

/** @returns false where others have every range that is left */
async function oneBatch(context: RunContext, work: Work, pace: Pace): Promise<boolean> {
  const { job, part } = work;
  const done = await workBatch(context, work, pace);
  if (!done) return false;
  const told = { ...job, rows: job.rows + done.rows, rate: job.rate || (pace.rate ?? 0) };
  const givesWayTo = whoWaited(done.waiting) ?? pace.others.atWork;
  context.emit({ type: 'backfill', ...progressOf(told), batch: done.batch, ...given({ givesWayTo }) });
  await rest(context, pace.others.room(done, part.backfill.pauseMs));
  return true;
}

/** @returns whether there is more to do at once */
async function end(context: RunContext, work: Work): Promise<boolean> {
  const { name, part, rows } = work.job;
  const end = await endJob(context, work);
  if (end === 'ended') context.emit({ type: 'backfill-ended', name, part, rows });
  return end !== 'later';
}

/** It waits for somebody to put right what is wrong: tried again and again, it would fail again and again. */
async function fail(context: RunContext, job: Job, error: unknown): Promise<void> {
  const failure = explain(context, job, error);
  await context.client.query(inOwnTransaction(context, failJob(context.history, job, failure)));
  const failed = await findJob(context.history, job, context.session.ourselves);
  // A rollback may have cancelled it meanwhile.
  if (!failed) return;
  const { name, part, rows } = failed;
  context.emit({ type: 'backfill-ended', name, part, rows, failure });
}

function explain(context: RunContext, { name, path, text }: Job, error: unknown): BackgroundFailure {
  const next = `npm run migrate:resume -- ${name} --env ${context.environment}   when it is put right; to roll ${name} back cancels it\nnpm run migrate:repair -- --give-up ${name} --env ${context.environment}   leaves the rest undone`;
  if (isLockstepError(error))
    return { code: error.code, what: error.what, next: `${error.next}\n${next}`, ...(error.where && { where: error.where }) };
  const failureContext = { file: path, isPast: text === '', retryCommand: 'npm run migrate:work', user: context.user };
  const failed =
    error instanceof StatementFailed
      ? error.explain(failureContext, 'the batches before it stay')
      : plainFailure(error, 'backfill-failed', failureContext);
  const { code, what, where, detail } = failed;
  return { code, what: [what, detail].filter(Boolean).join('   '), next, ...(where && { where }) };
}
