import type { Job } from '../model/background.ts';
import { progressOf } from '../model/background-progress.ts';
import { given } from '../model/given.ts';
import type { BackfillState } from '../model/status.ts';
import { readBackfills } from './backfills.ts';
import type { History } from './history.ts';
import { readJobs } from './read-jobs.ts';

/** Every backfill that is not done: those of runs first. */
export async function readBackfillStates(history: History): Promise<readonly BackfillState[]> {
  const own = (await readBackfills(history)).map(({ name, rows, pausedBy }) => ({ name, rows, ...given({ pausedBy }) }));
  return [...own, ...(await readJobs(history)).map(stateOf)];
}

function stateOf(job: Job): BackfillState {
  const { name, part, rows, rowsPerSecond, totalRows, remainingMs } = progressOf(job);
  const { workers, pausedBy, failure } = job;
  return {
    name,
    rows,
    ...given({ pausedBy }),
    background: { part, workers, rowsPerSecond, ...given({ totalRows, remainingMs, failure }) },
  };
}
