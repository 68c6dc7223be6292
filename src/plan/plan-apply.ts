import { readMigrations } from '../files/read-migrations.ts';
import { loadModule } from '../knex/load-module.ts';
import type { EnvironmentName, Project } from '../model/environment.ts';
import type { HistoryRow } from '../model/history.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { compareVersions, type Migration } from '../model/migration.ts';
import type { Plan, Step } from '../model/plan.ts';
import { type Loading, loadStep } from './load-step.ts';
import { selectPending } from './select-steps.ts';

/** Reads the project's migrations. @throws LockstepError for the first file that is in the way. */
export async function readVerifiedMigrations(root: string): Promise<readonly Migration[]> {
  const { migrations, problems } = await readMigrations(root);
  const [first] = problems;
  if (first)
    throw new LockstepError(
      problems.length > 1 ? { ...first, what: `${first.what} (${problems.length - 1} more: npm run migrate:status)` } : first,
    );
  return migrations;
}

/** How a project's files are to be read under an environment. */
export const loadingOf = ({ root, policies }: Project, environment: EnvironmentName): Loading => ({
  root,
  emptyScripts: policies[environment].emptyScripts,
});

export interface ApplyQuestion extends Loading {
  readonly migrations: readonly Migration[];
  readonly history: readonly HistoryRow[];
  readonly to?: string;
}

/** Reads and parses everything that is pending before anything runs: a typo in the last file stops the first. */
export async function planApply({ migrations, history, to, ...loading }: ApplyQuestion): Promise<Plan> {
  const steps: Step[] = [];
  // One after another: the parser is one, and the first error in order is the one to tell.
  for (const migration of selectPending(migrations, history, to)) {
    const step = await loadStep(loading, migration, 'up');
    if (step.kind === 'code') await loadModule(loading.root, migration, 'up');
    steps.push(step);
  }
  return { direction: 'up', steps };
}

/** @throws LockstepError (exit 3) naming how to give a late version the next number */
export function refuseLate(late: readonly Migration[], history: readonly HistoryRow[]): void {
  const [first] = late;
  if (!first) return;
  const highest = history.map(({ name }) => name).reduce((a, b) => (compareVersions(a, b) > 0 ? a : b), '');
  throw new LockstepError({
    code: 'late-version',
    what: `${first.name} appeared after ${highest} was applied${late.length > 1 ? `, and so did ${late.length - 1} more` : ''}; where it belongs in the order is past`,
    where: { file: first.up ?? first.module ?? first.name },
    next: `npm run migrate:make -- --renumber ${first.version}   gives it the next number`,
    exitCode: 3,
  });
}
