import type { History } from '../history/history.ts';
import { keepObjects, objectsKept, repeatablesQuestion } from '../history/repeatables.ts';
import { withOptions } from '../model/command.ts';
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
  const vanished = await findVanished(history, repeatables);
  const isDue = (step: Step): boolean => step.why !== undefined || vanished.includes(step);
  // What defines nothing, a grant, is gone with what it was on.
  const any = repeatables.some((step) => step.direction === 'up' && isDue(step));
  return repeatables.filter((step) => isDue(step) || (any && step.direction === 'up' && step.objects?.length === 0));
}

/** Those whose objects are not there any more; of deleted files, those of which nothing is. */
export async function findVanished(history: History, steps: readonly Step[]): Promise<readonly Step[]> {
  if (steps.length === 0) return [];
  const recorded = new Map((await askOne(history.client, repeatablesQuestion(history))).map((one) => [one.name, one]));
  return steps.filter(({ migration, direction }) => {
    const { remains = [], objects = [] } = recorded.get(migration.name) ?? {};
    return direction === 'up' ? remains.length < objects.length : remains.length === 0;
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
    const failed = await failStep(context, { step, kept: { parts: 0 }, error });
    // Nobody can correct an old text; and the command that was typed would undo one more.
    if (work.plan.direction === 'down') return { step, ...failed, failure: { ...failed.failure, next: takeUp(context, work.plan) } };
    return { step, ...failed };
  }
}

const takeUp = ({ retryCommand }: RunContext, { stays = '0' }: Plan): string =>
  `${withOptions(retryCommand('down'), `--to ${stays}`)}   tries it again, when what is in its way is gone\n${retryCommand('up')}   goes forward again`;

async function perform(context: RunContext, work: Work): Promise<readonly StepDone[]> {
  try {
    return await runTogether(context, work);
  } catch (error) {
    const { plan } = work;
    const drops = plan.direction === 'down' && isIrreplaceable(error) ? inTheWay(plan) : [];
    if (drops.length === 0) throw error;
    // What an old text made cannot be had by CREATE OR REPLACE, and nobody can edit an old text.
    const done = await runTogether(context, { ...work, due: plan.repeatables ?? [] }, drops.map(dropIfThere)).catch(() => {
      throw error;
    });
    const text = `${listed(drops.map(({ bare }) => bare))} had to be dropped and made again; what was granted on them outside of these files is gone`;
    context.emit({ type: 'note', text });
    return done.filter(({ name }) => work.due.some(({ migration }) => migration.name === name));
  }
}

/** CREATE OR REPLACE only adds columns at the end of a view, and changes neither result nor parameter names of a function (manual: sql-createview, sql-createfunction). */
const isIrreplaceable = (error: unknown): boolean =>
  error instanceof StatementFailed && ['42P16', '42P13'].includes(databaseError(error.cause)?.code ?? '');

/** Views and functions of these files, what stands on others first. */
function inTheWay({ repeatables = [] }: Plan): readonly DefinedObject[] {
  const all = [...repeatables.flatMap(({ objects = [] }) => objects), ...(repeatables[0]?.later ?? [])].toReversed();
  const ofKind = (...kinds: readonly DefinedObject['kind'][]) => all.filter(({ kind }) => kinds.includes(kind));
  return [...ofKind('VIEW', 'MATERIALIZED VIEW'), ...ofKind('FUNCTION', 'PROCEDURE')];
}

const dropIfThere = ({ kind, name }: DefinedObject): string => `DROP ${kind} IF EXISTS ${name}`;

async function runTogether(context: RunContext, { due, tell }: Work, before: readonly string[] = []): Promise<readonly StepDone[]> {
  const scripts = due.flatMap((step) => (step.kind === 'sql' && step.script.parts.length > 0 ? [{ step, script: step.script }] : []));
  const begunAt: number[] = [];
  const onText = (number: number): void => {
    begunAt[number] = performance.now();
    const step = scripts[number]?.step;
    if (step) tell(step);
  };
  const texts = scripts.map(
    ({ step, script }, i): Text => ({ script, statements: script.parts[0]?.statements ?? [], keep: keepObjects(i, step.objects ?? []) }),
  );
  const moreOf = (step: Step) => {
    const at = scripts.findIndex((one) => one.step === step);
    return at < 0 ? {} : { more: objectsKept(at) };
  };
  const record = due.map((step) => recordStep(context, step, { durationMs: SINCE_BEGIN, isLast: false, ...moreOf(step) })).join('\n');
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
