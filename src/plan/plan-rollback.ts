import { compareApplied } from '../drift/compare-applied.ts';
import { findMigrationText } from '../files/migration-text.ts';
import { findPartial } from '../history/read-attempts.ts';
import { findLastRolledBack } from '../history/repeatables.ts';
import { findUnansweredRollback } from '../history/unanswered-rollback.ts';
import { ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import { given } from '../model/given.ts';
import type { HistoryRow } from '../model/history.ts';
import { LockstepError, type Refusal } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { Plan, Step } from '../model/plan.ts';
import { targetName } from '../model/target.ts';
import { findInDatabase } from './database-refusals.ts';
import { type Loading, loadStep, rollbackMissing } from './load-step.ts';
import { planRepeatablesBefore } from './past-repeatables.ts';
import { collect, type Known, type Note, type Planner } from './plan-request.ts';
import { selectUndone } from './select-steps.ts';

/** Plans what undoes applied migrations, newest first. The whole plan is refused when one of them cannot be undone. */
export const planRollback: Planner = async ({ root, to, known }, { migrations }) => {
  const { history, applied, tables, policy } = known;
  const refusals: Refusal[] = [];
  const unanswered = to === undefined && history && tables.hasJournal ? await findUnansweredRollback(history, applied) : undefined;
  if (unanswered) return { plan: { target: targetName(known), direction: 'down', steps: [] }, refusals, notes: [], unanswered };
  await collect(refusals, () => verifyKnownEnvironment(known));
  const partial = history && tables.hasJournal ? await findPartial(history, applied) : [];
  // What is applied in part comes first: what lies below it may be what it stands on.
  const undone = to === undefined && partial.length > 0 ? [] : ((await collect(refusals, () => selectUndone(applied, to))) ?? []);
  const names = [...partial, ...undone.map(({ name }) => name)];
  const steps = await loadRollbacks({ root, emptyScripts: policy.emptyScripts }, { names, migrations }, refusals);
  // A rollback that stopped before its repeatables is taken up where it was.
  const oldest = undone.at(-1)?.name ?? (history && to !== undefined && tables.hasJournal ? await findLastRolledBack(history) : undefined);
  const again = await planRepeatablesBefore({ loading: { root, emptyScripts: policy.emptyScripts }, known, refusals, steps }, oldest);
  if (history) refusals.push(...(await findInDatabase([...steps, ...again.due], { ...known, history })));
  const compared = { root, migrations, ...known, applied: undone, hasJournal: tables.hasJournal };
  const drifts = history ? await compareApplied({ ...compared, history }) : [];
  const notes = [
    ...partial.map((name) => `${name} is applied in part, by an attempt that did not finish; its rollback undoes that part`),
    ...drifts.filter(({ kind }) => kind !== 'missing').map(({ what }) => what),
  ].map((text): Note => ({ text }));
  return {
    plan: markPartial(
      {
        target: targetName(known),
        direction: 'down',
        steps: [...steps, ...again.due],
        repeatables: again.repeatables,
        ...given({ stays: staying(applied, undone) }),
      },
      partial,
    ),
    refusals,
    notes: [...notes, ...again.notes],
  };
};

/** An adopted history that no run of ours has touched may be production's: without its policy neither backup nor consent would be asked for. */
function verifyKnownEnvironment({ applied, settings, chosen, remembered }: Known): void {
  if (applied.length === 0 || settings.embedded || chosen || remembered) return;
  throw new LockstepError({
    code: 'environment-unknown',
    what: `Database "${settings.database}" remembers no environment yet, and none was named; nothing was changed`,
    next: `${withOptions(ROLLBACK_COMMAND, '--env production')}   or staging, development, test: whichever it is`,
  });
}

const staying = (applied: readonly HistoryRow[], undone: readonly HistoryRow[]): string | undefined =>
  applied.filter(({ name }) => !undone.some((one) => one.name === name)).at(-1)?.name;

interface Undone {
  readonly names: readonly string[];
  readonly migrations: readonly Migration[];
}

async function loadRollbacks(loading: Loading, { names, migrations }: Undone, refusals: Refusal[]): Promise<readonly Step[]> {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const found = names.map((name) => byName.get(name) ?? { name, version: name.split('_')[0] ?? '' });
  const missing = found.filter((migration) => !isUndoable(loading.root, migration));
  if (missing.length > 0) refusals.push(rollbackMissing(loading.root, missing));
  const steps: Step[] = [];
  for (const migration of found.filter((one) => !missing.includes(one))) {
    const step = await collect(refusals, () => loadStep(loading, migration, 'down'));
    if (step) steps.push(step);
  }
  return steps;
}

const markPartial = (plan: Plan, partial: readonly string[]): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => (partial.includes(step.migration.name) ? { ...step, isPartial: true } : step)),
});

const isUndoable = (root: string, migration: Migration): boolean =>
  migration.down !== undefined || (migration.module !== undefined && findMigrationText(root, migration)?.kind === 'code');
