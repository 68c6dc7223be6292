import { runnerName } from '../environment/user.ts';
import { beginPass, deleteJob, takeEnd } from '../history/jobs.ts';
import { insertJournal } from '../history/journal.ts';
import { keepHeadSql } from '../history/journal-head.ts';
import type { Job } from '../model/background.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { findRunLockHolder, runLockKey } from '../pg/run-lock.ts';
import { rangesOf } from './leave-backfill.ts';
import { countLeft, MOST_PASSES, stillFound, verifyNone } from './left-rows.ts';
import type { RunContext } from './run-context.ts';
import { lease, type Work } from './work-batch.ts';

const TRIES = 20;

/** `ended`: its rows are gone and the journal has it. `again`: another pass has begun. `later`: a run has the journal now, or somebody else ends it. */
export type End = 'ended' | 'again' | 'later';

/**
 * Ends a job whose ranges are done, once: what came meanwhile is walked again where that does no harm, what is to be verified is, and event and
 * rows change in one transaction. Only one worker has the lease of its end; the journal is written by whoever has the RunLock, for a moment.
 * @throws LockstepError where it does not come to what -- verify: asks
 */
export async function endJob(context: RunContext, work: Work): Promise<End> {
  const { client, history } = context;
  if (await findRunLockHolder(client, history.schema)) return 'later';
  if (!(await lease(context, takeEnd(history, work.job)))) return 'later';
  try {
    return await endTaken(context, work);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function endTaken(context: RunContext, { job, script, part }: Work): Promise<End> {
  const { client, history, session } = context;
  const { backfill } = part;
  const left = await countLeft(client, { script, backfill, key: job.key });
  if (left > 0 && left < (job.remaining ?? Number.POSITIVE_INFINITY) && job.pass <= MOST_PASSES) {
    const { ranges } = await rangesOf(context, job.key, backfill.batch);
    await client.query(`${session.ourselves} ${beginPass(history, job, { left, ranges })} COMMIT;`);
    return 'again';
  }
  if (left > 0) context.emit(stillFound(job.name, left));
  await verify(context, { job, script, part });
  if (!(await hasRunLock(context))) {
    await client.query('ROLLBACK');
    return 'later';
  }
  await client.query(`${session.ourselves} ${doneEvent(context, job)} ${deleteJob(history, job)} ${keepHeadSql(history)} COMMIT;`);
  return 'ended';
}

async function verify({ client }: RunContext, { job, part }: Work): Promise<void> {
  const found = await verifyNone(client, part.backfill.verify, true);
  if (found === undefined) return;
  throw new LockstepError({
    code: 'backfill-unverified',
    what: `${job.name}: the batches are done, and -- verify: gives ${found} instead of 0`,
    where: { file: job.path },
    next: `SQL: ${part.backfill.verify}\nrows that came meanwhile need the application, or a trigger, to write them; the question is kept as it was when the migration was applied, so to edit the file changes nothing`,
  });
}

/** Until the transaction ends; a run that begins meanwhile waits for so long. */
async function hasRunLock({ client, history, interruption }: RunContext): Promise<boolean> {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_catalog.pg_try_advisory_xact_lock(${runLockKey(history.schema)}) AS locked`,
    );
    if (rows[0]?.locked) return true;
    interruption.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100 + 100 * Math.random()));
  }
  return false;
}

const doneEvent = ({ history, run, environment }: RunContext, { name, part, checksum, rows }: Job): string =>
  insertJournal(history, {
    run,
    event: 'backfill-done',
    name,
    direction: 'up',
    part,
    checksum,
    details: { rows, by: runnerName(), environment },
  });
