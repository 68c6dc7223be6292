import { oidsQuestion } from '../history/history.ts';
import { applyCommand } from '../model/command.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { ask } from '../pg/ask.ts';
import { startHeartbeat } from '../pg/session.ts';
import { verifyRole, verifyServerVersion } from '../pg/target.ts';
import { connectTarget } from './connect-target.ts';
import { openEnvironment } from './open-environment.ts';
import { readOpenTarget } from './open-target.ts';
import { verifyMeant } from './verify-history.ts';
import { THE_SAME } from './verify-identity.ts';
import { beginSession, contextOf, type OpenRun } from './with-run.ts';

/**
 * Opens the target for work that goes on beside runs: its session lets go of what it has as soon as that of a run, and it has no RunLock.
 * @throws LockstepError (exit 3) where nothing was ever applied
 */
export async function withWorker<T>(journey: Journey, body: (run: OpenRun) => Promise<T>): Promise<T> {
  const opened = await openEnvironment(journey);
  const { settings } = opened;
  const client = await connectTarget({ settings, application: 'lockstep work', createMissing: false, ...journey });
  const stopHeartbeat = startHeartbeat(client);
  try {
    const opening = { project: journey.project, ...opened };
    const { session, ...look } = await beginSession(opening, client);
    verifyServerVersion(look.found.target);
    const target = await readOpenTarget(opening, look);
    if (!target.tables.isComplete) throw nothingApplied(target.environment);
    await verifyMeant({ ...journey, commands: THE_SAME }, target);
    await verifyRole(client, target.policy.role);
    const [oids] = await ask(client, oidsQuestion(target.history));
    journey.emit({ type: 'connected', environment: target.environment, server: target.target });
    return await body({ ...target, context: contextOf(journey, { ...target, session, oids }) });
  } finally {
    stopHeartbeat();
    await client.end().catch(() => {});
  }
}

const nothingApplied = (environment: string): LockstepError =>
  new LockstepError({
    code: 'nothing-applied',
    what: 'This database has no history of this version, so there is no backfill to work on',
    next: `${applyCommand(environment)}   then the same command again`,
    exitCode: 3,
  });
