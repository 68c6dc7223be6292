import { readMigrations } from '../files/read-migrations.ts';
import { loadModule } from '../knex/load-module.ts';
import type { HistoryRow } from '../model/history.ts';
import type { ExitCode } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { Plan, Step } from '../model/plan.ts';
import { readHistory } from '../pg/history.ts';
import { loadStep, readMigrationText, rollbackMissing } from '../plan/load-step.ts';
import { selectUndone } from '../plan/select-steps.ts';
import type { Verdict } from '../run/run-context.ts';
import { execute } from './apply.ts';
import { compareApplied } from './gates/drift-gate.ts';
import type { Journey } from './journey.ts';
import { withRun } from './open-run.ts';

export interface Rollback extends Journey {
  /** The version to go back to; it stays applied. `0` leaves nothing. Without it, the last applied migration is undone. */
  readonly to?: string;
  readonly verdict?: Verdict;
}

/** Undoes applied migrations, newest first. The whole plan is refused when one of them cannot be undone. */
export async function rollback(journey: Rollback): Promise<ExitCode> {
  const { project, emit, to } = journey;
  return withRun(journey, async (run) => {
    const { client, settings } = run.context;
    if (!journey.env) emit({ type: 'connected', environment: run.environment, target: run.target });
    const { migrations } = await readMigrations(project.root);
    const history = await readHistory(client, settings.schema);
    const undone = selectUndone(history, to);
    const drifts = await compareApplied({ root: project.root, client, schema: settings.schema, migrations, history: undone });
    for (const drift of drifts.filter(({ kind }) => kind !== 'missing')) emit({ type: 'note', text: drift.what });
    return execute(run, await planRollback(project.root, undone, migrations));
  });
}

/** @throws LockstepError naming every rollback file that is missing */
export async function planRollback(root: string, undone: readonly HistoryRow[], migrations: readonly Migration[]): Promise<Plan> {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const found = undone.map(({ name }) => byName.get(name) ?? { name, version: name.split('_')[0] ?? '' });
  const missing = found.filter((migration) => !isUndoable(root, migration));
  if (missing.length > 0) throw rollbackMissing(root, missing);
  const steps: Step[] = [];
  for (const migration of found) {
    const step = await loadStep(root, migration, 'down');
    // A module without a down refuses the plan now, and not half-way through it.
    if (step.kind === 'code') await loadModule(root, migration, 'down');
    steps.push(step);
  }
  return { direction: 'down', steps };
}

function isUndoable(root: string, migration: Migration): boolean {
  if (migration.down) return true;
  return migration.module !== undefined && readMigrationText(root, migration).kind === 'code';
}
