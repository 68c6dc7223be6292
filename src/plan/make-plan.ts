import { readMigrations } from '../files/read-migrations.ts';
import type { Direction } from '../model/migration.ts';
import { groupAlike } from './grouped-refusals.ts';
import { planApply } from './plan-apply.ts';
import type { MadePlan, PlanRequest } from './plan-request.ts';
import { planRollback } from './plan-rollback.ts';

/** The only planner: apply, rollback, dry run and stock Knex see the same steps, the same refusals and the same notes. */
export async function makePlan(direction: Direction, request: PlanRequest): Promise<MadePlan> {
  const folder = await readMigrations(request.root);
  const made = await (direction === 'up' ? planApply(request, folder) : planRollback(request, folder));
  return { ...made, refusals: groupAlike(made.refusals) };
}
