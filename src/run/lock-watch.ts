import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Blocker } from '../model/target.ts';
import { findBlockers } from '../pg/blockers.ts';
import { connect } from '../pg/connect.ts';
import type { RunContext } from './run-context.ts';

const LOOK_MS = 15;

/**
 * Looks from a second connection at whom our session waits for. What a function, a DO block, a foreign key or a cascade locks cannot be
 * read from the text, and a session that waits cannot look itself.
 */
export interface LockWatch {
  /** Runs the body, and tells whom it was last seen waiting for. */
  readonly during: (body: () => Promise<void>, tell: (behind: readonly Blocker[]) => void) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** @returns undefined where there is no second connection to be had: then nobody is named */
export async function openLockWatch({ client, settings, interruption }: RunContext): Promise<LockWatch | undefined> {
  const observer = await connect(settings, 'lockstep lock watch', interruption).catch(() => undefined);
  const { processID } = client as unknown as { readonly processID: number };
  return observer && watchWith(observer, processID);
}

function watchWith(observer: Client, pid: number): LockWatch {
  let looking: Promise<void> = Promise.resolve();
  return {
    during: async (body, tell) => {
      const over = new AbortController();
      // Nobody waits for a look that hangs: a pooler may have no second session for us.
      looking = looking.then(() => look(observer, pid, { tell, over: over.signal })).catch(() => {});
      await body().finally(() => over.abort());
    },
    end: () => observer.end().catch(() => {}),
  };
}

interface Look {
  readonly tell: (behind: readonly Blocker[]) => void;
  readonly over: AbortSignal;
}

async function look(observer: Client, pid: number, { tell, over }: Look): Promise<void> {
  while (!over.aborted) {
    const behind = await findBlockers(observer, pid);
    if (behind.length > 0) tell(behind);
    await sleep(LOOK_MS);
  }
}
