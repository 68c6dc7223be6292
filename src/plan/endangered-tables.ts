import type { History, HistoryTables } from '../history/history.ts';
import type { Plan } from '../model/plan.ts';
import { findTouched, listUserTables, type UserTable } from '../pg/user-tables.ts';
import { FormerNames } from '../sql/effects/renames.ts';
import { readTouches, type Touch } from '../sql/effects/touched-tables.ts';

/** Whose rows a plan may take. */
export interface PlanTables {
  readonly tables: readonly UserTable[];
  /** Code, DO blocks and functions may change anything: these are all tables then. */
  readonly isOpaque: boolean;
}

export const isHistory = (table: Pick<UserTable, 'schema' | 'name'>, { schema, names }: HistoryTables): boolean =>
  table.schema === schema && Object.values(names).includes(table.name);

/** The tables that a plan may take rows or values from, in the database as it is; our own history tables are not among them. */
export async function findEndangered({ client, ...tables }: History, plan: Plan): Promise<PlanTables> {
  const { touches, isOpaque } = await readPlan(plan);
  const taking = touches.filter(({ keepsRows }) => !keepsRows);
  const found = isOpaque
    ? await listUserTables(client)
    : await findTouched(client, {
        names: taking.flatMap(({ relations }) => relations),
        schemas: taking.flatMap(({ schemas }) => schemas),
        isTruncation: taking.some(({ statement }) => statement.summary.startsWith('TRUNCATE')),
      });
  return { tables: found.filter((table) => !isHistory(table, tables)), isOpaque };
}

/** Whether a plan holds what cannot be read from its text. */
export const isOpaquePlan = async (plan: Plan): Promise<boolean> => (await readPlan(plan)).isOpaque;

async function readPlan({ steps }: Plan): Promise<{ readonly touches: readonly Touch[]; readonly isOpaque: boolean }> {
  const touches: Touch[] = [];
  const names = new FormerNames();
  for (const step of steps) if (step.kind === 'sql') touches.push(...(await readTouches(step.script, names)));
  return { touches, isOpaque: steps.some(({ kind }) => kind === 'code') || touches.some((touch) => touch.isOpaque) };
}
