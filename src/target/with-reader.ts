import type { Client } from 'pg';
import type { Journey } from '../model/journey.ts';
import { inReadOnlyTransaction } from '../pg/read-only.ts';
import { verifyServerVersion } from '../pg/target.ts';
import { connectTarget } from './connect-target.ts';
import { openEnvironment } from './open-environment.ts';
import { lookFirst, type Opening, type OpenTarget, readOpenTarget } from './open-target.ts';

/** Opens the target to look at it: no RunLock, and nothing is written, not even the history tables. */
export async function withReader<T>(journey: Journey, body: (target: OpenTarget) => Promise<T>): Promise<T> {
  const opened = await openEnvironment(journey);
  const client = await connectTarget({ ...opened, application: 'lockstep reader', createMissing: false, ...journey });
  try {
    return await inReadOnlyTransaction(client, async () => body(await openToRead({ project: journey.project, ...opened }, client)));
  } finally {
    await client.end().catch(() => {});
  }
}

/** Inside a transaction that can write nothing. @throws LockstepError for a server that is too old, and for tables that are not ours */
async function openToRead(opening: Opening, client: Client): Promise<OpenTarget> {
  const look = await lookFirst(client, opening.settings);
  verifyServerVersion(look.found.target);
  return readOpenTarget(opening, look);
}
