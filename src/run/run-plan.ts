import { runnerName } from '../environment/user.ts';
import { insertJournal } from '../history/journal.ts';
import type { PlannedStep } from '../model/event.ts';
import { given } from '../model/given.ts';
import type { JournalDetails } from '../model/history.ts';
import { listed } from '../model/lockstep-error.ts';
import { type Direction, isRepeatable } from '../model/migration.ts';
import type { Outcome, StepDone } from '../model/outcome.ts';
import type { Plan, Step } from '../model/plan.ts';
import { cancelOnAbort, spare } from '../pg/cancel.ts';
import { sendToCommit } from '../pg/script-query.ts';
import { LAST_LOOK, type LastLook, preparation, readLastLook } from './prepare-step.ts';
import { endRun, endWithHead, inOwnTransaction, keepHead, OWN_BEGIN, type WithHead } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import { findDue, findVanished, runRepeatables } from './run-repeatables.ts';
import { runStep, type Turn } from './run-step.ts';

/** What of a step can be told before it runs. */
export function describeStep(step: Step): PlannedStep {
  const parts = step.kind === 'sql' ? step.script.parts : [];
  return {
    name: step.migration.name,
    kind: step.kind,
    parts: parts.length,
    statements: parts.reduce((sum, part) => sum + part.statements.length, 0),
    ...given({
      description: step.description,
      irreversible: step.irreversible,
      lossy: step.lossy,
      why: step.why,
      file: step.kind === 'sql' ? step.script.file.path : step.migration.module,
    }),
  };
}

/**
 * Runs a plan, step by step, until one fails or the run is interrupted. The connection must hold the RunLock and the history
 * tables must be there.
 */
export async function runPlan(context: RunContext, plan: Plan): Promise<Outcome & WithHead> {
  const startedAt = performance.now();
  const endCancelling = cancelOnAbort(context.client, context.interruption);
  try {
    const { failed, done } = await runSteps(context, plan);
    await spare(context.client);
    // A run that applies ends with its last step, in its transaction.
    const isOpen = !failed && (plan.direction === 'down' || hasRepeatables(plan));
    const head = isOpen ? await endWithHead(context, endRun(context.history, context.run, 'done')) : await keepHead(context);
    const isReached = (name: string): boolean => name === failed?.name || done.some((one) => one.name === name);
    const notReached = failed ? plan.steps.map(({ migration }) => migration.name).filter((name) => !isReached(name)) : [];
    const { target, direction } = plan;
    return { target, direction, done, ...(failed && { failed }), notReached, durationMs: performance.now() - startedAt, ...head };
  } finally {
    endCancelling();
  }
}

type Ran = Pick<Outcome, 'done' | 'failed'>;

const hasRepeatables = ({ repeatables = [] }: Plan): boolean => repeatables.length > 0;

async function runSteps(context: RunContext, plan: Plan): Promise<Ran> {
  const versioned = plan.steps.filter(({ migration }) => !isRepeatable(migration));
  const names = plan.steps.map(({ migration }) => migration.name);
  const look = await begin(context, startRun(context, plan.direction, names), versioned[0]);
  const ran = await runVersioned(context, versioned, { look, total: plan.steps.length, isWhole: !hasRepeatables(plan) });
  if (ran.failed) await bringBack(context, plan);
  if (ran.failed || !hasRepeatables(plan)) return ran;
  const again = await runAgain(context, plan, versioned.length);
  return { ...again, done: [...ran.done, ...again.done] };
}

interface Begun {
  readonly look: LastLook | undefined;
  readonly total: number;
  /** Nothing follows behind them. */
  readonly isWhole: boolean;
}

async function runVersioned(context: RunContext, steps: readonly Step[], { total, isWhole, ...begun }: Begun): Promise<Ran> {
  let { look } = begun;
  const done: StepDone[] = [];
  for (const [i, step] of steps.entries()) {
    const turn = { step, next: steps[i + 1], look, isLast: isWhole && i === steps.length - 1 };
    const result = context.interruption.aborted
      ? await stoppedBefore(context, step)
      : await runNumbered(context, turn, { number: i + 1, total });
    const { name } = step.migration;
    if (result.status === 'failed') return { done, failed: { name, failure: result.failure, interrupted: result.interrupted } };
    look = result.ahead;
    done.push({ name, durationMs: result.durationMs, ...(result.taken.length > 0 && { taken: result.taken }) });
  }
  return { done };
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

/** Behind a migration that failed: what those before it have dropped is there again, as it was. */
async function bringBack(context: RunContext, plan: Plan): Promise<void> {
  if (context.interruption.aborted || plan.direction === 'down') return;
  try {
    const kept = (plan.repeatables ?? []).filter(({ why, direction }) => why === undefined && direction === 'up');
    const due = await findVanished(context.history, kept);
    if (due.length === 0) return;
    const { status } = await runRepeatables(context, { due, plan, tell: () => {} });
    const names = listed(due.map(({ migration }) => migration.name));
    const now = status === 'done' ? 'there again' : 'not there any more';
    context.emit({ type: 'note', text: `${names}: dropped by what was applied before, and ${now}` });
  } catch {
    // The connection is gone, say: the status tells what is lost, and the next run brings it back.
  }
}

/** Runs what runs again and again, and tells of each. */
async function runAgain(context: RunContext, plan: Plan, before: number): Promise<Ran> {
  const due = await findDue(context.history, plan, before > 0);
  const [first] = due;
  const place = (step: Step) => ({ direction: step.direction, number: before + due.indexOf(step) + 1, total: before + due.length });
  const told = new Set<Step>();
  const tell = (step: Step): void => {
    if (!told.has(step) && due.includes(step)) context.emit({ type: 'step-started', ...place(step), step: describeStep(step) });
    told.add(step);
  };
  const isStopped = first !== undefined && context.interruption.aborted;
  const result = isStopped ? { step: first, ...(await stoppedBefore(context, first)) } : await runRepeatables(context, { due, plan, tell });
  if (result.status === 'done') {
    for (const [i, one] of result.done.entries()) context.emit({ type: 'step-done', ...place(due[i] as Step), ...one });
    return { done: result.done };
  }
  const { step, failure, interrupted } = result;
  const { name } = step.migration;
  if (!isStopped) context.emit({ type: 'step-failed', ...place(step), name, failure });
  return { done: [], failed: { name, failure, interrupted } };
}

async function stoppedBefore(context: RunContext, { migration, direction }: Step) {
  await spare(context.client);
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
