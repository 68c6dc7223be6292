import { runnerName } from '../environment/user.ts';
import { insertJournal } from '../history/journal.ts';
import type { PlannedStep } from '../model/event.ts';
import { given } from '../model/given.ts';
import type { JournalDetails } from '../model/history.ts';
import type { Direction } from '../model/migration.ts';
import type { Outcome, StepDone } from '../model/outcome.ts';
import type { Plan, Step } from '../model/plan.ts';
import { cancelQuery } from '../pg/cancel.ts';
import { sendToCommit } from '../pg/script-query.ts';
import { LAST_LOOK, type LastLook, preparation, readLastLook } from './prepare-step.ts';
import { endRun, endWithHead, inOwnTransaction, keepHead, OWN_BEGIN, type WithHead } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import { runStep, type Turn } from './run-step.ts';

/** What of a step can be told before it runs. */
export function describeStep(step: Step): PlannedStep {
  const parts = step.kind === 'sql' ? step.script.parts : [];
  return {
    name: step.migration.name,
    kind: step.kind,
    parts: parts.length,
    statements: parts.reduce((sum, part) => sum + part.statements.length, 0),
    ...given({ description: step.description, file: step.kind === 'sql' ? step.script.file.path : step.migration.module }),
  };
}

/**
 * Runs a plan, step by step, until one fails or the run is interrupted. The connection must hold the RunLock and the history
 * tables must be there.
 */
export async function runPlan(context: RunContext, { target, direction, steps }: Plan): Promise<Outcome & WithHead> {
  const startedAt = performance.now();
  const onAbort = (): void => void cancelQuery(context.client);
  context.interruption.addEventListener('abort', onAbort, { once: true });
  try {
    const names = steps.map(({ migration }) => migration.name);
    let look = await begin(context, startRun(context, direction, names), steps[0]);
    const done: StepDone[] = [];
    for (const [i, step] of steps.entries()) {
      const result = context.interruption.aborted
        ? await stoppedBefore(context, step)
        : await runNumbered(context, { step, next: steps[i + 1], look }, { number: i + 1, total: steps.length });
      const { name } = step.migration;
      const durationMs = performance.now() - startedAt;
      if (result.status === 'failed') {
        const notReached = steps.slice(i + 1).map(({ migration }) => migration.name);
        const failed = { name, failure: result.failure, interrupted: result.interrupted };
        return { target, direction, done, failed, notReached, durationMs, ...(await keepHead(context)) };
      }
      look = result.ahead;
      done.push({ name, durationMs: result.durationMs, ...(result.taken.length > 0 && { taken: result.taken }) });
    }
    const end = direction === 'down' ? endRun(context.history, context.run, 'done') : undefined;
    const head = end === undefined ? await keepHead(context) : await endWithHead(context, end);
    return { target, direction, done, notReached: [], durationMs: performance.now() - startedAt, ...head };
  } finally {
    context.interruption.removeEventListener('abort', onAbort);
  }
}

async function begin(context: RunContext, start: string, first: Step | undefined): Promise<LastLook | undefined> {
  const text = `${OWN_BEGIN}; ${start} COMMIT; ${first ? preparation(context, first) : ''}`;
  const { rows } = await sendToCommit(context.client, text, [LAST_LOOK]).catch(async (error: unknown) => {
    await context.client.query('ROLLBACK').catch(() => {});
    throw error;
  });
  return readLastLook(rows);
}

async function runNumbered(context: RunContext, turn: Turn, place: { readonly number: number; readonly total: number }) {
  const { step } = turn;
  const { direction, migration } = step;
  const { emit } = context;
  emit({ type: 'step-started', direction, ...place, step: describeStep(step) });
  const result = await runStep(context, turn);
  const told = { direction, ...place, name: migration.name };
  if (result.status === 'done')
    emit({ type: 'step-done', ...told, durationMs: result.durationMs, ...(result.taken.length > 0 && { taken: result.taken }) });
  else emit({ type: 'step-failed', ...told, failure: result.failure });
  return result;
}

async function stoppedBefore(context: RunContext, { migration, direction }: Step) {
  await context.client.query(inOwnTransaction(context, endRun(context.history, context.run, 'interrupted')));
  const failure = {
    code: 'interrupted',
    what: `Interrupted by ${String(context.interruption.reason)} before ${migration.name} began`,
    next: `${context.retryCommand(direction)}   resumes from there`,
  };
  return { status: 'failed', failure, interrupted: true } as const;
}

/** The statement that journals the start of a run, and what is to be known about it. */
export function startRun(
  { client, history, settings, run, environment, identity, gateResults }: RunContext,
  direction: Direction,
  names: readonly string[],
): string {
  const details: JournalDetails = {
    environment,
    host: settings.host,
    ...identity,
    pid: (client as unknown as { processID: number }).processID,
    by: runnerName(),
    process: process.pid,
    steps: names,
    ...gateResults,
  };
  return insertJournal(history, { run, event: 'run-started', direction, details });
}
