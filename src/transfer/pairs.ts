import type { Client } from 'pg';
import { type BackupSession, joinSnapshot } from '../backup/backup-session.ts';
import { isLockstepError } from '../model/lockstep-error.ts';
import { connectScratch, type Scratch } from './open-scratch.ts';

/** What the source's own list of sessions shows. */
export const APPLICATION = 'lockstep rehearsal (reads only)';

/** Where rows come from, and where they go. */
export interface Pair {
  readonly source: Client;
  readonly target: Client;
}

/** As many as there are connections for, up to so many. */
export async function openPairs(session: BackupSession, scratch: Scratch, most: number): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  while (pairs.length < most) {
    const pair = await openPair(session, scratch).catch((error: unknown) => {
      if (pairs.length > 0 && isLockstepError(error) && error.code === 'too-many-connections') return undefined;
      for (const one of pairs) cutOff(one);
      throw error;
    });
    if (!pair) break;
    pairs.push(pair);
  }
  return pairs;
}

export async function openPair(session: BackupSession, scratch: Scratch): Promise<Pair> {
  const source = await joinSnapshot(session, APPLICATION);
  try {
    return { source, target: await connectScratch(scratch) };
  } catch (error) {
    await source.end().catch(() => {});
    throw error;
  }
}

export async function close({ source, target }: Pair): Promise<void> {
  await Promise.all([source.end(), target.end()].map((ending) => ending.catch(() => {})));
}

export function cutOff({ source, target }: Pair): void {
  for (const client of [source, target]) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
