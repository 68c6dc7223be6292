import { runnerName } from '../environment/user.ts';
import { readMigrations } from '../files/read-migrations.ts';
import type { Event } from '../model/event.ts';
import { given } from '../model/given.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, refuseAll } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { StatementTrace } from '../model/statement-trace.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { MadePlan } from '../plan/plan-request.ts';
import { refuseEmpty, selectPending } from '../plan/select-steps.ts';
import { recordRun } from '../run/record-run.ts';
import { endRun } from '../run/record-step.ts';
import type { Verdict } from '../run/run-context.ts';
import { describeStep, runPlan } from '../run/run-plan.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { rollbackCommandOf } from '../target/rollback-command.ts';
import { verifyMeant } from '../target/verify-history.ts';
import { COMMANDS } from '../target/verify-identity.ts';
import { withReader } from '../target/with-reader.ts';
import { type OpenRun, withRun } from '../target/with-run.ts';
import { withSpans } from '../trace/with-spans.ts';
import { allowedLosses } from './gates/allowed-losses.ts';
import type { GateOptions, GateQuestion, GateResults } from './gates/gate.ts';
import { passGates } from './gates/pass-gates.ts';

export interface PlannedJourney extends Journey, GateOptions {
  /** What a person says about a statement that an interrupted run left open. */
  readonly verdict?: Verdict;
  /** Repeatable files run, or are left for another run, whatever is still pending. */
  readonly repeatables?: 'always' | 'never';
  readonly trace?: StatementTrace;
  /** Only these migrations, by name. */
  readonly only?: readonly string[];
}

/** Plans and runs one direction. Files are checked before anything is locked or made, and the whole plan before its first step. */
export const carryOut = (journey: PlannedJourney, direction: Direction): Promise<ExitCode> =>
  withSpans(journey, direction, (traced) => planAndRun(traced, direction));

async function planAndRun(journey: PlannedJourney, direction: Direction): Promise<ExitCode> {
  refuseEmpty(journey.to);
  if (direction === 'up') await refuseFiles(journey);
  return withRun({ ...journey, commands: COMMANDS[direction] }, async (run) => {
    if (!run.chosen) journey.emit({ type: 'connected', environment: run.environment, server: run.target });
    const made = await planFor(journey, direction, run);
    refuseAll(made.refusals);
    if (made.unanswered) return acknowledge(journey, run, made.unanswered);
    showPlan(journey, made, false);
    return execute(journey, run, made.plan);
  });
}

const planFor = ({ project, to, phase, only, verdict, repeatables }: PlannedJourney, direction: Direction, known: OpenTarget) =>
  makePlan(direction, { root: project.root, known, repeatables, to, phase, only, isRestart: verdict === 'restart' });

/** What is wrong with the files is no reason to make a database. Where there is one it is asked too, so that all is told at once. */
async function refuseFiles(journey: PlannedJourney): Promise<void> {
  const { migrations, problems } = await readMigrations(journey.project.root);
  if (problems.length === 0) return void selectPending(migrations, [], journey.to);
  const made = await planToRead(journey, 'up').catch(() => undefined);
  refuseAll(made?.refusals ?? problems);
}

/** Plans what `carryOut` would do, in a session that can write nothing, and hands plan and target over. */
export async function planToRead<T = MadePlan>(
  journey: PlannedJourney,
  direction: Direction,
  body: (made: MadePlan, target: OpenTarget) => Promise<T> = async (made) => made as T,
): Promise<T> {
  return withReader(journey, async (target) => {
    const { environment } = target;
    journey.emit({ type: 'connected', environment, server: target.target });
    await verifyMeant({ ...journey, commands: COMMANDS[direction] }, target);
    return body(await planFor(journey, direction, target), target);
  });
}

export function showPlan({ emit }: Pick<Journey, 'emit'>, { plan, notes }: MadePlan, dryRun: boolean): void {
  emit({ type: 'planned', direction: plan.direction, steps: plan.steps.map(describeStep), dryRun });
  for (const note of notes) emit({ type: 'note', ...note });
}

/** The same command was cut off after its work was done: doing it once more would undo one migration too many. */
async function acknowledge(
  journey: PlannedJourney,
  run: OpenRun,
  { run: id, name }: NonNullable<MadePlan['unanswered']>,
): Promise<ExitCode> {
  await run.context.client.query(endRun(run.history, id, 'done'));
  journey.emit(unansweredNote(name, run.environment, rollbackCommandOf(journey, run.environment)));
  return 0;
}

export const unansweredNote = (name: string, environment: string, command: string): Event => ({
  type: 'note',
  text: `${name} was rolled back by the interrupted run, whose answer never arrived; nothing more was rolled back (${environment})`,
  next: `${command}   again, to roll back the one before it`,
});

/** Leads the plan through the gates, runs it, and reports how it went. */
export async function execute(journey: PlannedJourney, run: OpenRun, plan: Plan): Promise<ExitCode> {
  if (plan.steps.length === 0) return journey.adopt ? rememberAdoption(run) : 0;
  const question = { journey, target: run, plan };
  return runPassed(question, run, await passGates(question));
}

/** Runs a plan that is through its gates, and reports how it went. */
export async function runPassed(question: GateQuestion, run: OpenRun, gateResults: GateResults): Promise<ExitCode> {
  const { context, environment } = run;
  const losses = await allowedLosses(question, gateResults);
  const { commit, dirty, job } = gateResults;
  context.emit({ type: 'run-started', run: context.run, by: runnerName(), ...given({ commit, dirty, job }) });
  const { journal, ...outcome } = await runPlan({ ...context, gateResults, losses }, question.plan);
  context.emit({ type: 'run-ended', environment, outcome, ...(journal && { journal }) });
  return exitCodeOf(outcome);
}

/** What was refused before its COMMIT, and nothing done before it, is a gate that stayed closed. */
function exitCodeOf({ done, failed }: Outcome): ExitCode {
  if (!failed) return 0;
  return done.length === 0 && ['data-loss', 'history-touched', 'finished-part-edited'].includes(failed.failure.code) ? 3 : 1;
}

/** A run without a step keeps nothing; that the database is to be this environment from now on must be kept. */
async function rememberAdoption({ context }: OpenRun): Promise<ExitCode> {
  await recordRun(context, [], '');
  return 0;
}
