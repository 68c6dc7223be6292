import type { QueryResult } from 'pg';
import { SETTLING } from '../history/journal.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { runningName } from '../pg/activity.ts';
import { runLockKey } from '../pg/run-lock.ts';
import { literal } from '../pg/sql-text.ts';
import type { RunContext } from './run-context.ts';

export interface Prepared {
  /** History already says what the step would make it say: another run was quicker. */
  readonly isThere: boolean;
  /** An earlier attempt at this step finished parts of it. */
  readonly hasFinishedParts: boolean;
}

interface Row {
  readonly locked: boolean;
  readonly applied: boolean;
  readonly finished: boolean;
}

/**
 * One round trip before each step: a fresh session, the RunLock once more (it is re-entrant), and a last look at history.
 * @throws LockstepError (exit 4) when the connection does not hold the RunLock and cannot get it.
 */
export async function prepareStep(context: RunContext, step: Step, parts: number): Promise<Prepared> {
  const { schema, rows, journal } = context.history;
  const { name } = step.migration;
  const session = `${context.session.fresh} SET application_name = ${literal(runningName(step.direction, `1/${parts}`, name))};`;
  const results = (await context.client.query(
    `${session} SELECT pg_catalog.pg_try_advisory_lock(${runLockKey(schema)}) AS locked,
       EXISTS (SELECT FROM ${rows} WHERE name = ${literal(name)}) AS applied,
       EXISTS (SELECT FROM ${journal} WHERE name = ${literal(name)} AND event = 'part-done' AND direction = ${literal(step.direction)}
         AND id > coalesce((SELECT max(id) FROM ${journal} WHERE name = ${literal(name)} AND event IN ${SETTLING}), 0)) AS finished`,
  )) as unknown as QueryResult<Row>[];
  const row = results.at(-1)?.rows[0];
  if (!row?.locked) throw lockLost(context, step);
  return { isThere: !step.isPartial && row.applied === (step.direction === 'up'), hasFinishedParts: row.finished };
}

function lockLost({ retryCommand }: RunContext, { direction, migration }: Step): LockstepError {
  return new LockstepError({
    code: 'run-lock-lost',
    what: `${migration.name} did not start: another run holds the RunLock`,
    next: `npm run migrate:status   shows it; then ${retryCommand(direction)}`,
    exitCode: 4,
  });
}
