import { SETTLING } from '../history/journal.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { runningName } from '../pg/activity.ts';
import { runLockKey } from '../pg/run-lock.ts';
import { type Sent, sendScript } from '../pg/script-query.ts';
import { literal } from '../pg/sql-text.ts';
import type { RunContext } from './run-context.ts';

export interface Prepared {
  /** History already says what the step would make it say: another run was quicker. */
  readonly isThere: boolean;
  /** An earlier attempt at this step finished parts of it. */
  readonly hasFinishedParts: boolean;
}

/** What a look at lock and history told. */
export interface LastLook {
  readonly locked: boolean;
  readonly applied: boolean;
  readonly finished: boolean;
}

/** The column under which the answer to it comes back. */
export const LAST_LOOK = 'lockstep_last_look';

/**
 * SQL for before a step: a fresh session, the RunLock once more (it is re-entrant), and a last look at history. It travels behind the
 * COMMIT of the step before where there is one, in the same message.
 */
export function preparation({ history, session }: RunContext, step: Step): string {
  const { schema, rows, journal } = history;
  const name = literal(step.migration.name);
  const parts = step.kind === 'sql' ? step.script.parts.length : 1;
  return `${session.fresh} SET application_name = ${literal(runningName(step.direction, `1/${parts}`, step.migration.name))};
    SELECT pg_catalog.json_build_object('locked', pg_catalog.pg_try_advisory_lock(${runLockKey(schema)}),
       'applied', EXISTS (SELECT FROM ${rows} WHERE name = ${name}),
       'finished', EXISTS (SELECT FROM ${journal} WHERE name = ${name} AND event = 'part-done' AND direction = ${literal(step.direction)}
         AND id > coalesce((SELECT max(id) FROM ${journal} WHERE name = ${name} AND event IN ${SETTLING}), 0)))::text AS ${LAST_LOOK};`;
}

export const readLastLook = (rows: Sent['rows']): LastLook | undefined =>
  rows.flatMap(({ [LAST_LOOK]: look }) => (look ? [JSON.parse(look) as LastLook] : []))[0];

/**
 * @param known what the preparation told that travelled with the step before; asked for where it did not travel, or failed
 * @throws LockstepError (exit 4) when the connection does not hold the RunLock and cannot get it.
 */
export async function prepareStep(context: RunContext, step: Step, known: LastLook | undefined): Promise<Prepared> {
  const look = known ?? readLastLook((await sendScript(context.client, preparation(context, step), [LAST_LOOK])).rows);
  if (!look?.locked) throw lockLost(context, step);
  return { isThere: !step.isPartial && look.applied === (step.direction === 'up'), hasFinishedParts: look.finished };
}

function lockLost({ retryCommand }: RunContext, { direction, migration }: Step): LockstepError {
  return new LockstepError({
    code: 'run-lock-lost',
    what: `${migration.name} did not start: another run holds the RunLock`,
    next: `npm run migrate:status   shows it; then ${retryCommand(direction)}`,
    exitCode: 4,
  });
}
