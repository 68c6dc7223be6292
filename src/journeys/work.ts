import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, isLockstepError } from '../model/lockstep-error.ts';
import { databaseRefusal, isConnectionLost } from '../pg/failure.ts';
import { workOnJobs } from '../run/work-on-jobs.ts';
import { withWorker } from '../target/with-worker.ts';

export interface Work extends Journey {
  /** Ends when nothing is left, instead of waiting for more. */
  readonly isOnce: boolean;
}

const AGAIN_MS = 2_000;

/** Does what migrations have left for the background; as many processes as one likes may do it at once. */
export async function work(journey: Work): Promise<ExitCode> {
  const { emit, interruption, isOnce } = journey;
  const worker = `${os.hostname()} ${process.pid} ${randomBytes(3).toString('hex')}`;
  for (let wasConnected = false; ; ) {
    try {
      return await withWorker(journey, async ({ context }) => {
        wasConnected = true;
        const failed = await workOnJobs(context, { isOnce, worker });
        if (failed.length === 0) emit({ type: 'note', text: 'nothing is left to do in the background' });
        return failed.length > 0 ? 1 : 0;
      });
    } catch (error) {
      if (interruption.aborted) return interrupted(journey);
      if (isOnce || !wasConnected || !isUnreachable(error)) throw databaseRefusal(error) ?? error;
      emit({
        type: 'note',
        text: 'the server is not to be reached; what was not committed is undone, and the work goes on when it is there again',
      });
      await sleep(AGAIN_MS, undefined, { signal: interruption }).catch(() => {});
    }
  }
}

/** A worker outlives the restart of its server. */
const isUnreachable = (error: unknown): boolean =>
  isLockstepError(error)
    ? /^(?:connection-|server-not-ready$)/.test(error.code)
    : isConnectionLost(error instanceof Error && error.cause ? error.cause : error);

function interrupted({ emit, interruption }: Work): ExitCode {
  emit({
    type: 'note',
    text: `Interrupted by ${String(interruption.reason)}; what is committed stays, and whoever works next goes on behind it`,
    next: 'npm run migrate:work',
  });
  return 1;
}
