import { setTimeout as sleep } from 'node:timers/promises';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, isLockstepError, LockstepError } from '../model/lockstep-error.ts';
import { isDue } from '../model/repeatable.ts';
import { status } from './status.ts';

const PAUSE_MS = 1_000;

/**
 * Waits, changing nothing, until every migration of this build is applied that comes before the deploy: for what must not start before, as
 * a worker's init container. What comes after it would wait for whoever waits here.
 * @throws LockstepError (exit 1) with what is still missing when the time is over
 */
export async function awaitApplied(journey: Journey, timeoutMs: number): Promise<ExitCode> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const missing = await findMissing(journey);
    if (missing === undefined) {
      journey.emit({ type: 'note', text: 'every migration of this build is applied' });
      return 0;
    }
    if (performance.now() + PAUSE_MS > deadline) throw tooLate(missing, timeoutMs);
    await sleep(PAUSE_MS, undefined, { signal: journey.interruption });
  }
}

/** @returns what is not there yet, as a sentence */
async function findMissing(journey: Journey): Promise<string | undefined> {
  try {
    const { pending, repeatables } = await status({ ...journey, emit: () => undefined });
    const before = pending.filter(({ phase }) => phase === 'before-deploy');
    const [first, ...others] = [...before, ...repeatables.filter(isDue)].map(({ name }) => name);
    return first && `${first}${others.length > 0 ? ` and ${others.length} more` : ''} not applied yet`;
  } catch (error) {
    // A server that does not answer yet, a database that is not made yet.
    if (isLockstepError(error)) return error.what;
    throw error;
  }
}

const tooLate = (missing: string, timeoutMs: number): LockstepError =>
  new LockstepError({
    code: 'not-applied',
    what: `Waited ${Math.round(timeoutMs / 1000)} s in vain: ${missing}`,
    next: 'npm run migrate:status   shows what is pending; the job that applies it may have failed',
    exitCode: 1,
  });
