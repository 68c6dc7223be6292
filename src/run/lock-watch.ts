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
  return (
    observer && {
      during: (body, tell) => watch(observer, processID, { body, tell }),
      end: () => observer.end().catch(() => {}),
    }
  );
}

interface Watched {
  readonly body: () => Promise<void>;
  readonly tell: (behind: readonly Blocker[]) => void;
}

async function watch(observer: Client, pid: number, { body, tell }: Watched): Promise<void> {
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      const behind = await findBlockers(observer, pid);
      if (behind.length > 0) tell(behind);
      await sleep(LOOK_MS);
    }
  })().catch(() => {});
  try {
    await body();
  } finally {
    isOver = true;
    await looking;
  }
}
