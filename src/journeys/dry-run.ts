import type { Client } from 'pg';
import { compareApplied } from '../drift/compare-applied.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { readHistory } from '../history/history.ts';
import { readIdentity, readRemembered } from '../history/identity.ts';
import { inspectTables } from '../history/tables.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import type { Plan, Step } from '../model/plan.ts';
import { connect } from '../pg/connect.ts';
import { isDatabaseMissing } from '../pg/connection-failure.ts';
import { inReadOnlyTransaction } from '../pg/read-only.ts';
import { readTarget, verifyServerVersion } from '../pg/target.ts';
import { loadingOf, planApply, readVerifiedMigrations, refuseLate } from '../plan/plan-apply.ts';
import { findLate, selectUndone } from '../plan/select-steps.ts';
import { describeStep } from '../run/run-plan.ts';
import { maskPasswords } from '../sql/text/secrets.ts';
import { openEnvironment } from '../target/open-environment.ts';
import { ROLLING_BACK, verifyIdentity } from '../target/verify-identity.ts';
import { environmentOf, mayCreate } from '../target/with-run.ts';
import { verifyNoDrift } from './gates/drift-gate.ts';
import { planRollback } from './rollback.ts';

export interface DryRun extends Journey {
  readonly to?: string;
  readonly direction: 'up' | 'down';
}

/** Plans what `apply` or `rollback` would do, with all its refusals, in a read-only session. Touches nothing: not even the history tables. */
export async function dryRun(journey: DryRun): Promise<Plan> {
  const { project, to, direction, emit } = journey;
  const { root } = project;
  const migrations = direction === 'up' ? await readVerifiedMigrations(root) : (await readMigrations(root)).migrations;
  const { chosen, settings } = await openEnvironment(journey);
  const policy = project.policies[chosen ?? 'development'];
  const loading = loadingOf(project, chosen ?? 'development');
  const history = await withReader(
    () => connect(settings, 'lockstep dry run', journey.interruption),
    async (client) => {
      const { target } = await readTarget(client, settings);
      verifyServerVersion(target);
      const tables = await inspectTables(client, settings.schema);
      const remembered = tables.hasJournal ? await readRemembered(client, settings.schema) : undefined;
      emit({ type: 'connected', environment: chosen ?? environmentOf(remembered), target });
      const found = { identity: await readIdentity(client, target.database), remembered };
      if (chosen && !journey.adopt) verifyIdentity(chosen, found, direction === 'down' ? ROLLING_BACK : undefined);
      const rows = tables.history.length > 0 ? await readHistory(client, settings.schema) : [];
      if (direction === 'up') verifyNoDrift(await compareApplied({ root, client, schema: settings.schema, migrations, history: rows }));
      return rows;
    },
  ).catch((error: unknown): readonly HistoryRow[] => {
    // A database that apply would create is an empty one.
    if (!(mayCreate(project, chosen) || settings.embedded) || !isDatabaseMissing((error as Error).cause)) throw error;
    return [];
  });
  const plan =
    direction === 'up'
      ? await planApply({ ...loading, migrations, history, ...(to !== undefined && { to }) })
      : await planRollback(
          loading,
          selectUndone(history, to).map(({ name }) => name),
          migrations,
        );
  if (direction === 'up' && policy.lateVersions === 'refuse')
    refuseLate(
      findLate(
        plan.steps.map(({ migration }) => migration),
        history,
      ),
      history,
    );
  emit({ type: 'planned', direction, steps: plan.steps.map(describeStep), dryRun: true });
  return withoutSecrets(plan, emit);
}

/** The plan is there to be read, in the log of a CI job too. */
function withoutSecrets(plan: Plan, emit: Journey['emit']): Plan {
  const names = plan.steps.flatMap((step) => (step.kind === 'sql' && step.script.hasSecret ? [step.migration.name] : []));
  if (names.length === 0) return plan;
  emit({ type: 'note', text: `passwords are masked in what is printed of ${names.join(', ')}; run the migration, and not that text` });
  const steps = plan.steps.map((step) => (names.includes(step.migration.name) ? masked(step) : step));
  return { ...plan, steps };
}

function masked(step: Step): Step {
  if (step.kind === 'code') return step;
  const { script } = step;
  return { ...step, script: { ...script, file: { ...script.file, text: maskPasswords(script.file.text) } } };
}

async function withReader<T>(open: () => Promise<Client>, body: (client: Client) => Promise<T>): Promise<T> {
  const client = await open();
  try {
    return await inReadOnlyTransaction(client, () => body(client));
  } finally {
    await client.end().catch(() => {});
  }
}
