import type { History } from '../history/history.ts';
import { repeatablesQuestion } from '../history/repeatables.ts';
import { listed } from '../model/lockstep-error.ts';
import type { StepDone } from '../model/outcome.ts';
import type { Plan, Step } from '../model/plan.ts';
import type { DefinedObject } from '../model/repeatable.ts';
import { askOne } from '../pg/ask.ts';
import { databaseError } from '../pg/script-query.ts';
import { prepareStep } from './prepare-step.ts';
import { inOwnTransaction, recordStep, SINCE_BEGIN } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import { failStep, type StepResult } from './run-step.ts';
import { runTransaction, type Text, type Transaction, type Worked } from './run-transaction.ts';
import { StatementFailed } from './statement-failed.ts';

/** The repeatables that are due: some only where the steps before them have dropped what they made. */
export async function findDue(history: History, { repeatables = [] }: Plan, isLater: boolean): Promise<readonly Step[]> {
  if (!isLater) return repeatables.filter(({ why }) => why !== undefined);
  const recorded = new Map((await askOne(history.client, repeatablesQuestion(history))).map((one) => [one.name, one]));
  return repeatables.filter(({ why, migration, direction }) => {
    const { remains = [], objects = [] } = recorded.get(migration.name) ?? {};
    return why !== undefined || (direction === 'up' ? remains.length < objects.length : remains.length === 0);
  });
}

interface Work {
  readonly due: readonly Step[];
  readonly plan: Plan;
  /** Called for each as it begins. */
  readonly tell: (step: Step) => void;
}

export type RepeatablesResult =
  | { readonly status: 'done'; readonly done: readonly StepDone[] }
  | (StepResult & { readonly status: 'failed'; readonly step: Step });

/** Runs repeatables in one transaction, in their order, and records them in it: all of them, or none. */
export async function runRepeatables(context: RunContext, work: Work): Promise<RepeatablesResult> {
  const [first] = work.due;
  if (!first) return { status: 'done', done: [] };
  try {
    // A last look at history says nothing of them: they run again and again.
    await prepareStep(context, first, undefined);
    return { status: 'done', done: await perform(context, work) };
  } catch (error) {
    const file = error instanceof StatementFailed ? error.file : undefined;
    const step = work.due.find((one) => one.kind === 'sql' && one.script.file.path === file) ?? first;
    return { step, ...(await failStep(context, { step, kept: { parts: 0 }, error })) };
  }
}

async function perform(context: RunContext, work: Work): Promise<readonly StepDone[]> {
  try {
    return await runTogether(context, work);
  } catch (error) {
    const { plan } = work;
    const views = plan.direction === 'down' && isIrreplaceable(error) ? viewsOf(plan) : [];
    if (views.length === 0) throw error;
    // What an old text made cannot be had by CREATE OR REPLACE, and nobody can edit an old text.
    const done = await runTogether(context, { ...work, due: plan.repeatables ?? [] }, views.toReversed().map(dropIfThere)).catch(() => {
      throw error;
    });
    const text = `${listed(views.map(({ name }) => name))} had to be dropped and made again; what was granted on them outside of these files is gone`;
    context.emit({ type: 'note', text });
    return done.filter(({ name }) => work.due.some(({ migration }) => migration.name === name));
  }
}

/** 42P16: CREATE OR REPLACE VIEW only adds columns at the end (manual: sql-createview). */
const isIrreplaceable = (error: unknown): boolean => error instanceof StatementFailed && databaseError(error.cause)?.code === '42P16';

const viewsOf = ({ repeatables = [] }: Plan): readonly DefinedObject[] =>
  repeatables.flatMap(({ objects = [] }) => objects.filter(({ kind }) => kind === 'VIEW'));

const dropIfThere = ({ kind, name }: DefinedObject): string => `DROP ${kind} IF EXISTS ${name}`;

async function runTogether(context: RunContext, { due, tell }: Work, before: readonly string[] = []): Promise<readonly StepDone[]> {
  const scripts = due.flatMap((step) => (step.kind === 'sql' && step.script.parts.length > 0 ? [{ step, script: step.script }] : []));
  const begunAt: number[] = [];
  const onText = (number: number): void => {
    begunAt[number] = performance.now();
    const step = scripts[number]?.step;
    if (step) tell(step);
  };
  const texts = scripts.map(({ script }): Text => ({ script, statements: script.parts[0]?.statements ?? [] }));
  const record = due.map((step) => recordStep(context, step, { durationMs: SINCE_BEGIN, isLast: false })).join('\n');
  const { taken } = await commit(context, due, { texts, record, onText, before });
  const endedAt = performance.now();
  return due.map((step): StepDone => {
    const at = scripts.findIndex((one) => one.step === step);
    const durationMs = at < 0 ? 0 : (begunAt[at + 1] ?? endedAt) - (begunAt[at] ?? endedAt);
    return { name: step.migration.name, durationMs, ...(step === due.at(-1) && taken.length > 0 && { taken }) };
  });
}

async function commit(context: RunContext, [step]: readonly Step[], work: Omit<Transaction, 'step'>): Promise<Worked> {
  if (step && work.texts.length > 0) return runTransaction(context, { step, ...work });
  await context.client.query(inOwnTransaction(context, work.record));
  return { taken: [] };
}
