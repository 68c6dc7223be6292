import { compareApplied } from '../drift/compare-applied.ts';
import { chosenEnvironment } from '../environment/read-environment.ts';
import { readMigrationText } from '../files/migration-text.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { readHistory } from '../history/history.ts';
import { readRemembered } from '../history/identity.ts';
import { findPartial } from '../history/read-attempts.ts';
import { findUnansweredRollback, type UnansweredRollback } from '../history/unanswered-rollback.ts';
import { loadModule } from '../knex/load-module.ts';
import { ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import type { Drift } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { Plan, Step } from '../model/plan.ts';
import { type Loading, loadStep, rollbackMissing } from '../plan/load-step.ts';
import { loadingOf } from '../plan/plan-apply.ts';
import { refuseEmpty, selectUndone } from '../plan/select-steps.ts';
import { endRun } from '../run/record-step.ts';
import type { Verdict } from '../run/run-context.ts';
import { rollbackCommandOf } from '../target/rollback-command.ts';
import { ROLLING_BACK } from '../target/verify-identity.ts';
import { type OpenRun, withRun } from '../target/with-run.ts';
import { execute, showPlan } from './apply.ts';
import type { GateWish } from './gates/gate.ts';

/** The same command was cut off after its work was done: doing it once more would undo one migration too many. */
export async function acknowledgeRollback(
  { context, environment }: Pick<OpenRun, 'environment'> & { readonly context: Pick<OpenRun['context'], 'client' | 'settings' | 'emit'> },
  { run, name }: UnansweredRollback,
  command: string,
): Promise<void> {
  await context.client.query(endRun(context.settings.schema, run, 'done'));
  context.emit({
    type: 'note',
    text: `${name} was rolled back by the interrupted run, whose answer never arrived; nothing more was rolled back (${environment})`,
    next: `${command}   again, to roll back the one before it`,
  });
}

export interface Rollback extends Journey, GateWish {
  /** The version to go back to; it stays applied. `0` leaves nothing. Without it, the last applied migration is undone. */
  readonly to?: string;
  readonly verdict?: Verdict;
}

/** Undoes applied migrations, newest first. The whole plan is refused when one of them cannot be undone. */
export async function rollback(journey: Rollback): Promise<ExitCode> {
  const { project, emit, to } = journey;
  refuseEmpty(to);
  return withRun({ ...journey, commands: ROLLING_BACK }, async (run) => {
    const { client, settings } = run.context;
    if (!journey.env) emit({ type: 'connected', environment: run.environment, target: run.target });
    const { migrations } = await readMigrations(project.root);
    const history = await readHistory(client, settings.schema);
    await verifyKnownEnvironment(journey, run, history);
    const unanswered = to === undefined ? await findUnansweredRollback(client, settings.schema, history) : undefined;
    if (unanswered) {
      await acknowledgeRollback(run, unanswered, rollbackCommandOf(journey, run.environment));
      return 0;
    }
    const partial = await findPartial(client, settings.schema, history);
    // What is applied in part comes first: what lies below it may be what it stands on.
    const undone = to === undefined && partial.length > 0 ? [] : selectUndone(history, to);
    const drifts = await compareApplied({ root: project.root, client, schema: settings.schema, migrations, history: undone });
    const names = [...partial, ...undone.map(({ name }) => name)];
    const plan = markPartial(await planRollback(loadingOf(project, run.environment), names, migrations), partial);
    showPlan(run, plan);
    tellNotes(emit, partial, drifts);
    return execute({ journey, run, plan });
  });
}

function tellNotes(emit: Journey['emit'], partial: readonly string[], drifts: readonly Drift[]): void {
  for (const name of partial)
    emit({ type: 'note', text: `${name} is applied in part, by an attempt that did not finish; its rollback undoes that part` });
  for (const drift of drifts.filter(({ kind }) => kind !== 'missing')) emit({ type: 'note', text: drift.what });
}

/** An adopted history that no run of ours has touched may be production's: without its policy neither backup nor consent would be asked for. */
async function verifyKnownEnvironment(
  { env, variables }: Journey,
  { context: { client }, settings, target }: OpenRun,
  { length }: readonly HistoryRow[],
): Promise<void> {
  if (length === 0 || settings.embedded || chosenEnvironment(env, variables) || (await readRemembered(client, settings.schema))) return;
  throw new LockstepError({
    code: 'environment-unknown',
    what: `Database "${target.database}" remembers no environment yet, and none was named; nothing was changed`,
    next: `${withOptions(ROLLBACK_COMMAND, '--env production')}   or staging, development, test: whichever it is`,
    exitCode: 2,
  });
}

/** @throws LockstepError naming every rollback file that is missing */
export async function planRollback(loading: Loading, names: readonly string[], migrations: readonly Migration[]): Promise<Plan> {
  const { root } = loading;
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const found = names.map((name) => byName.get(name) ?? { name, version: name.split('_')[0] ?? '' });
  const missing = found.filter((migration) => !isUndoable(root, migration));
  if (missing.length > 0) throw rollbackMissing(root, missing);
  const steps: Step[] = [];
  for (const migration of found) {
    const step = await loadStep(loading, migration, 'down');
    // A module without a down refuses the plan now, and not half-way through it.
    if (step.kind === 'code') await loadModule(root, migration, 'down');
    steps.push(step);
  }
  return { direction: 'down', steps };
}

const markPartial = ({ direction, steps }: Plan, partial: readonly string[]): Plan => ({
  direction,
  steps: steps.map((step) => (partial.includes(step.migration.name) ? { ...step, isPartial: true } : step)),
});

function isUndoable(root: string, migration: Migration): boolean {
  if (migration.down) return true;
  return migration.module !== undefined && readMigrationText(root, migration).kind === 'code';
}
