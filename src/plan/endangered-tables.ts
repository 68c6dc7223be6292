import type { History, HistoryTables } from '../history/history.ts';
import { findTouched, listUserTables, type UserTable } from '../pg/user-tables.ts';
import type { PlanEffects } from './plan-effects.ts';

/** Whose rows a plan may take. */
export interface EndangeredTables {
  readonly tables: readonly UserTable[];
  /** Code, DO blocks and functions may change anything: these are all tables then. */
  readonly isOpaque: boolean;
}

export const isHistory = (table: Pick<UserTable, 'schema' | 'name'>, { schema, names }: HistoryTables): boolean =>
  table.schema === schema && Object.values(names).includes(table.name);

/** The tables that a plan may take rows or values from, in the database as it is; our own history tables are not among them. */
export async function findEndangered({ client, ...history }: History, effects: PlanEffects): Promise<EndangeredTables> {
  const { endangered, schemas, truncates, isOpaque } = effects;
  const found = isOpaque
    ? await listUserTables(client)
    : await findTouched(client, { names: endangered, schemas, isTruncation: truncates });
  return { tables: found.filter((table) => !isHistory(table, history)), isOpaque };
}
