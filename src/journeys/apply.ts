import { compareApplied } from '../drift/compare-applied.ts';
import { filesOf, touchCommand } from '../files/write-migration.ts';
import { prepareMemory } from '../history/head-file.ts';
import { readHistory } from '../history/history.ts';
import { applyCommand, ROLLBACK_COMMAND } from '../model/command.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import type { ExitCode } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { Plan } from '../model/plan.ts';
import { loadingOf, planApply, readVerifiedMigrations, refuseLate } from '../plan/plan-apply.ts';
import { findLate, selectPending } from '../plan/select-steps.ts';
import { recordRun } from '../run/record-run.ts';
import type { Verdict } from '../run/run-context.ts';
import { describeStep, runPlan } from '../run/run-plan.ts';
import { type OpenRun, withRun } from '../target/with-run.ts';
import { verifyNoDrift } from './gates/drift-gate.ts';
import type { GateQuestion, GateWish } from './gates/gate.ts';
import { passGates } from './gates/pass-gates.ts';

export interface Apply extends Journey, GateWish {
  /** The version to stop at, itself applied. */
  readonly to?: string;
  /** What a person says about a statement that an interrupted run left open. */
  readonly verdict?: Verdict;
}

/** Applies what is pending. Files are checked before the database is opened, and the whole plan before its first step. */
export async function apply(journey: Apply): Promise<ExitCode> {
  const { project, emit, to } = journey;
  const migrations = await readVerifiedMigrations(project.root);
  // Refuses a version that no migration has.
  selectPending(migrations, [], to);
  return withRun(journey, async (run) => {
    const { client, settings } = run.context;
    const history = await readHistory(client, settings.schema);
    const question = { root: project.root, client, schema: settings.schema, migrations, history, unread: 'keep' } as const;
    const drifts = verifyNoDrift(await compareApplied(question));
    const plan = await planApply({ ...loadingOf(project, run.environment), migrations, history, ...(to !== undefined && { to }) });
    const late = findLate(
      plan.steps.map(({ migration }) => migration),
      history,
    );
    if (run.policy.lateVersions === 'refuse') refuseLate(late, history);
    showPlan(run, plan);
    for (const drift of drifts) emit({ type: 'note', text: drift.what });
    noteLate(run, late, history);
    noteMissingRollbacks(run, plan);
    return execute({ journey, run, plan });
  });
}

function noteLate({ context, environment }: OpenRun, late: readonly Migration[], history: readonly HistoryRow[]): void {
  if (late.length === 0) return;
  const names = late.map(({ name }) => name);
  const env = environment === 'development' ? '' : ` --env ${environment}`;
  // Only what is not applied can get another number.
  const commands = [
    `${ROLLBACK_COMMAND} --${env} --to ${history.at(-1)?.name}`,
    ...names.map((name) => `npm run migrate:make --${env} --renumber ${name}`),
    applyCommand(environment),
  ];
  context.emit({
    type: 'note',
    text: `higher versions than ${names.join(', ')} are applied already; other environments refuse late versions until they have the next number`,
    next: commands.join(' && '),
  });
}

/** There is time to write one now, and none when it is needed. */
function noteMissingRollbacks({ context }: OpenRun, { steps }: Plan): void {
  const missing = steps.filter(({ kind, migration }) => kind === 'sql' && !migration.down).map(({ migration }) => migration.name);
  if (missing.length === 0) return;
  context.emit({
    type: 'note',
    text: `${missing.join(', ')} cannot be rolled back: ${missing.length === 1 ? 'the rollback file is' : 'the rollback files are'} missing`,
    next: touchCommand(
      context.root,
      missing.map((name) => filesOf(name).down),
    ),
  });
}

export function showPlan({ context }: OpenRun, { direction, steps }: Plan): void {
  context.emit({ type: 'planned', direction, steps: steps.map(describeStep), dryRun: false });
}

/** A run without a step keeps nothing; that the database is to be this environment from now on must be kept. */
async function rememberAdoption({ run }: GateQuestion): Promise<ExitCode> {
  await recordRun(run.context, [], '');
  return 0;
}

/** Leads the plan through the gates, runs it, and tells how it went. */
export async function execute(question: GateQuestion): Promise<ExitCode> {
  const { context, environment } = question.run;
  const { emit } = context;
  if (question.plan.steps.length === 0) return question.journey.adopt ? rememberAdoption(question) : 0;
  const passed = await passGates(question);
  const remember = await prepareMemory(context, question.run.target);
  const { journal, ...outcome } = await runPlan({ ...context, passed }, question.plan);
  remember(journal);
  emit({ type: 'run-ended', environment, outcome, ...(journal && { journal }) });
  return outcome.failed ? 1 : 0;
}
