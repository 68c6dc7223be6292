import { setTimeout as sleep } from 'node:timers/promises';
import type { LockNeed } from '../model/effects.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';
import type { Blocker } from '../model/target.ts';
import { findInTheWay, findOldTransactions, stillOpen } from '../pg/blockers.ts';
import { databaseError } from '../pg/script-query.ts';
import { maskForeignQuery } from '../sql/text/secrets.ts';
import { type LockWatch, openLockWatch } from './lock-watch.ts';
import type { RunContext } from './run-context.ts';
import { StatementFailed } from './statement-failed.ts';

/** What is to be locked, for whom. */
export interface Wish {
  readonly name: string;
  readonly direction: Direction;
  readonly needs: readonly LockNeed[];
}

const FIRST_TIMEOUT_MS = 25;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
const LOOK_MS = 100;
// 55P03 lock_not_available, 40P01 deadlock_detected: the transaction is rolled back, and nothing of it is left.
const IS_LOCK_WAIT = new Set(['55P03', '40P01']);

// Where somebody always reads for a while, nobody would ever find the way clear: whom to wait for gets older with the wait.
const slowAfter = (waitedMs: number): number => Math.max(50, waitedMs / 20);

/**
 * Runs a transaction under a lock timeout and, when that strikes, again after a pause: while it waits for a lock, everybody else
 * queues behind it. The first timeouts are short, so that others hardly notice; none is above the policy's, and none is absent.
 * @param body gets the lock timeout of the attempt, in milliseconds; 0: none
 */
export async function withLockPatience(context: RunContext, wish: Wish, body: (lockTimeoutMs: number) => Promise<void>): Promise<void> {
  if (context.limits.lockTimeoutMs === 0) return body(0);
  const seen: Seen = { behind: [] };
  try {
    await tryAgain(context, wish, { body, seen });
  } finally {
    await seen.watch?.end();
  }
}

/** Whom an attempt was seen waiting for although its text did not tell, and what sees that. */
interface Seen {
  behind: readonly Blocker[];
  watch?: LockWatch | undefined;
}

interface Attempts {
  readonly body: (lockTimeoutMs: number) => Promise<void>;
  readonly seen: Seen;
}

async function tryAgain(context: RunContext, wish: Wish, { body, seen }: Attempts): Promise<void> {
  const { lockTimeoutMs, lockRetryForMs } = context.limits;
  const startedAt = performance.now();
  const waited = (): number => performance.now() - startedAt;
  for (let attempt = 1; ; attempt += 1) {
    await awaitClearWay(context, wish, { attempt, startedAt, find: (waitedMs) => findAhead(context, { wish, seen }, slowAfter(waitedMs)) });
    const once = () => body(Math.min(lockTimeoutMs, FIRST_TIMEOUT_MS * 2 ** (attempt - 1)));
    try {
      return await (seen.watch ? seen.watch.during(once, (behind) => Object.assign(seen, { behind })) : once());
    } catch (error) {
      if (!isLockWait(error)) throw error;
      const behind = (await findAhead(context, { wish, seen })).map(masked);
      if (waited() > lockRetryForMs || context.interruption.aborted) throw error.after({ attempts: attempt, waitedMs: waited(), behind });
      tell(context, wish, { attempt, waitedMs: waited(), behind });
      if (behind.length === 0) seen.watch ??= await openLockWatch(context);
      await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.3 ** attempt) * (0.5 + Math.random()));
    }
  }
}

/** Somebody else was in the way: what was rolled back may be tried again. */
export const isLockWait = (error: unknown): error is StatementFailed =>
  error instanceof StatementFailed && IS_LOCK_WAIT.has(databaseError(error.cause)?.code ?? '');

/** Whom the text tells of, and whom an earlier attempt was seen waiting for. */
async function findAhead(
  { client }: RunContext,
  { wish, seen }: { readonly wish: Wish; readonly seen: Seen },
  olderThanMs?: number,
): Promise<readonly Blocker[]> {
  const read = await findInTheWay(client, wish.needs, olderThanMs);
  const others = (await stillOpen(client, seen.behind)).filter(
    ({ pid, prepared }) => !read.some((it) => it.pid === pid && it.prepared === prepared),
  );
  return [...read, ...others];
}

/** Before a CONCURRENTLY, which blocks nobody while it waits and runs without a timeout: gives those whom it would wait for time to end. */
export async function awaitOldTransactions(context: RunContext, wish: Wish): Promise<void> {
  if (context.limits.lockTimeoutMs === 0) return;
  const find = (waitedMs: number) => findOldTransactions(context.client, wish.needs, Math.max(200, slowAfter(waitedMs)));
  await awaitClearWay(context, wish, { attempt: 1, startedAt: performance.now(), find });
}

interface Look {
  readonly attempt: number;
  readonly startedAt: number;
  readonly find: (waitedMs: number) => Promise<readonly Blocker[]>;
}

/** Waits, without a lock and with nobody behind us, until no long transaction stands in the way or the patience is over. */
async function awaitClearWay(context: RunContext, wish: Wish, { attempt, startedAt, find }: Look): Promise<void> {
  for (;;) {
    const waitedMs = performance.now() - startedAt;
    const behind = (await find(waitedMs).catch((error: unknown) => stopped(context, wish, error))).map(masked);
    if (context.interruption.aborted) throw interrupted(context, wish);
    if (behind.length === 0 || waitedMs > context.limits.lockRetryForMs) return;
    tell(context, wish, { attempt, waitedMs, behind });
    await sleep(LOOK_MS);
  }
}

/** The signal cancels whatever runs, our question too. */
function stopped(context: RunContext, wish: Wish, error: unknown): never {
  throw context.interruption.aborted ? interrupted(context, wish) : error;
}

function interrupted({ interruption, retryCommand }: RunContext, { name, direction }: Wish): LockstepError {
  return new LockstepError({
    code: 'interrupted',
    what: `Interrupted by ${String(interruption.reason)} while ${name} waited for others; nothing of it was kept`,
    next: `${retryCommand(direction)}   resumes from there`,
    exitCode: 1,
  });
}

const masked = (blocker: Blocker): Blocker =>
  blocker.query === undefined ? blocker : { ...blocker, query: maskForeignQuery(blocker.query) };

function tell(
  { emit, limits }: RunContext,
  { name }: Wish,
  wait: { readonly attempt: number; readonly waitedMs: number; readonly behind: readonly Blocker[] },
): void {
  emit({ type: 'blocked', name, limitMs: limits.lockRetryForMs, ...wait });
}
