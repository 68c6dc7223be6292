import { chosenEnvironment } from '../environment/read-environment.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { withOptions } from '../model/command.ts';
import { environmentNamed, type Project } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import { type ExitCode, LockstepError, refuseAll } from '../model/lockstep-error.ts';
import { compareVersions } from '../model/migration.ts';
import type { Failure } from '../model/outcome.ts';
import type { Plan, Step } from '../model/plan.ts';
import { makePlan, makeSwitch } from '../plan/make-plan.ts';
import type { MadePlan } from '../plan/plan-request.ts';
import type { MadeSwitch } from '../plan/plan-switch.ts';
import { findUnproved, toText } from '../rehearse/records.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { readAgain } from '../target/read-again.ts';
import { MARKING } from '../target/verify-identity.ts';
import { withReader } from '../target/with-reader.ts';
import { type OpenRun, withRun } from '../target/with-run.ts';
import { withSpans } from '../trace/with-spans.ts';
import { execute, type PlannedJourney, runPassed, showPlan } from './carry-out.ts';
import { withoutSecrets } from './dry-run.ts';
import { explainDependents } from './explain-dependents.ts';
import { passSwitchGates, strict } from './gates/switch-gates.ts';
import { renumberOwn } from './renumber-own.ts';

export interface Switch extends Omit<PlannedJourney, 'to' | 'command'> {
  /** Rollbacks that no rehearsal proved may run. */
  readonly allowUnproved?: boolean;
  /** Of two migrations with one number, this branch's own gets the next one first. */
  readonly renumber?: boolean;
}

const COMMAND = 'npm run migrate:switch';

const commandIn = (environment: string): string => (environment === 'development' ? COMMAND : withOptions(COMMAND, `--env ${environment}`));

/** Brings a development database to the branch that is checked out: what the files lack is rolled back, then what they have is applied. */
export async function followGit(journey: Switch): Promise<ExitCode> {
  verifyForDevelopment(journey.project, chosenEnvironment(journey)?.name);
  if (journey.renumber) await renumberOwn(journey);
  return withRun({ ...journey, commands: MARKING }, async (run) => {
    verifyOpened(journey.project, run);
    if (!run.chosen) journey.emit({ type: 'connected', environment: run.environment, server: run.target });
    const made = await planFor(journey, run);
    refuseAll([...made.undo.refusals, ...made.redo.refusals]);
    return undoAndRedo(journey, run, made);
  });
}

const planFor = ({ project, verdict }: Switch, known: OpenTarget): Promise<MadeSwitch> =>
  makeSwitch({ root: project.root, known, isRestart: verdict === 'restart' });

/** What it would do, without doing it: the plans of both directions. */
export async function showSwitch(journey: Switch): Promise<readonly Plan[]> {
  verifyForDevelopment(journey.project, chosenEnvironment(journey)?.name);
  return withReader(journey, async (target) => {
    verifyOpened(journey.project, target);
    journey.emit({ type: 'connected', environment: target.environment, server: target.target });
    const { undo, redo } = await planFor(journey, target);
    refuseAll([...undo.refusals, ...redo.refusals]);
    const made = undo.plan.steps.length > 0 ? [undo, redo] : [redo];
    for (const one of made) showPlan(journey, one, true);
    return made.map(({ plan }) => withoutSecrets(plan, journey.emit));
  });
}

async function undoAndRedo(journey: Switch, run: OpenRun, { undo, redo }: MadeSwitch): Promise<ExitCode> {
  const { root } = journey.project;
  if (undo.plan.steps.length === 0) return applyRest(journey, run, redo);
  for (const made of [undo, redo]) showPlan(journey, made, false);
  const undone = await withSpans(journey, 'down', ({ emit }) => rollBack({ ...journey, emit }, run, undo.plan));
  if (undone !== 0) return undone;
  const again = await readAgain(run);
  // What repeatables need depends on what the rollbacks have left.
  const made = await makePlan('up', { root, known: again, repeatables: 'always', takesTwins: true });
  refuseAll(made.refusals);
  return withSpans(journey, 'up', ({ emit }) => execute({ ...journey, emit }, withEmit(again, emit), made.plan));
}

function applyRest(journey: Switch, run: OpenRun, made: MadePlan): Promise<ExitCode> {
  showPlan(journey, made, false);
  return withSpans(journey, 'up', ({ emit }) => execute({ ...journey, emit }, withEmit(run, emit), made.plan));
}

const withEmit = (run: OpenRun, emit: Emit): OpenRun => ({ ...run, context: { ...run.context, emit } });

async function rollBack(journey: Switch, run: OpenRun, plan: Plan): Promise<ExitCode> {
  const { root } = journey.project;
  const names = plan.steps.map(({ migration }) => migration.name);
  const isAllowed = journey.allowUnproved ?? false;
  const unproved = isAllowed ? [] : await findUnproved(root, names, await textsOf(root, run, plan.steps));
  const command = commandIn(run.environment);
  const question = { journey: { ...journey, command }, target: run, plan };
  const results = await passSwitchGates(question, unproved);
  let failure: Failure | undefined;
  const done = new Set<string>();
  const emit: Emit = (event) => {
    if (event.type === 'step-failed') failure = event.failure;
    if (event.type === 'step-done') done.add(event.name);
    journey.emit(event);
  };
  const target = { ...run, policy: strict(run.policy, 'off') };
  const context = { ...run.context, emit, retryCommand: () => command };
  const exitCode = await runPassed({ ...question, target }, { ...run, context }, results);
  const applied = run.applied.map(({ name }) => name).filter((name) => !done.has(name));
  for (const note of failure ? await explainDependents(root, failure, { applied, going: names }) : [])
    journey.emit({ type: 'note', ...note });
  return exitCode;
}

/** What is applied, with the checksums of both directions, as a rehearsal of its branch saw them. */
async function textsOf(root: string, { applied }: OpenTarget, steps: readonly Step[]) {
  const { migrations } = await readMigrations(root);
  return applied
    .map(({ name, checksum }) => {
      const step = steps.find(({ migration }) => migration.name === name);
      const file = migrations.find((one) => one.name === name);
      return step || !file ? { name, up: checksum, down: step?.checksum } : toText(root, file);
    })
    .toSorted((a, b) => compareVersions(a.name.split('_')[0] ?? '', b.name.split('_')[0] ?? ''));
}

/** What is rolled back unasked must be nobody's but the developer's. @throws LockstepError (exit 3) */
function verifyForDevelopment(project: Project, name: string | undefined): void {
  if (name === undefined || ['development', 'test'].includes(environmentNamed(project, name).basedOn)) return;
  throw new LockstepError({
    code: 'not-for-development',
    what: `migrate:switch rolls back what a branch lacks: in development and test only, and this is ${name}; nothing was changed`,
    next: withOptions(COMMAND, '--env development'),
    exitCode: 3,
  });
}

/** A history that no run of ours has touched may be anybody's. @throws LockstepError (exit 3) */
function verifyOpened(project: Project, { chosen, environment, remembered, settings, applied }: OpenTarget): void {
  verifyForDevelopment(project, environment);
  if (chosen || remembered || settings.embedded || applied.length === 0) return;
  throw new LockstepError({
    code: 'environment-unknown',
    what: `Database "${settings.database}" remembers no environment yet, and none was named; nothing was changed`,
    next: `${withOptions(COMMAND, '--env development')}   where it is a developer's own`,
    exitCode: 3,
  });
}
