import type { QueryResult } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { runningName } from '../pg/activity.ts';
import { literal, qualified } from '../pg/quote.ts';
import { runLockKey } from '../pg/run-lock.ts';
import { HISTORY } from '../pg/tables.ts';
import type { RunContext } from './run-context.ts';

/**
 * One round trip before each step: a fresh session, the RunLock once more (it is re-entrant), and a last look at history.
 * @returns whether history already says what the step would make it say: another run was quicker.
 * @throws LockstepError (exit 4) when the connection does not hold the RunLock and cannot get it.
 */
export async function prepareStep(context: RunContext, step: Step, parts: number): Promise<boolean> {
  const { schema } = context.settings;
  const { name } = step.migration;
  const session = `${context.freshSession} SET application_name = ${literal(runningName(step.direction, `1/${parts}`, name))};`;
  const results = (await context.client.query(
    `${session} SELECT pg_catalog.pg_try_advisory_lock(${runLockKey(schema)}) AS locked,
       EXISTS (SELECT FROM ${qualified(schema, HISTORY)} WHERE name = ${literal(name)}) AS applied`,
  )) as unknown as QueryResult<{ locked: boolean; applied: boolean }>[];
  const row = results.at(-1)?.rows[0];
  if (!row?.locked)
    throw new LockstepError({
      code: 'run-lock-lost',
      what: `${name} did not start: another run holds the RunLock`,
      next: `npm run migrate:status   shows it; then ${context.again(step.direction)}`,
      exitCode: 4,
    });
  return row.applied === (step.direction === 'up');
}
