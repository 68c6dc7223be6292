import type { Refusal } from '../model/lockstep-error.ts';
import { fromStockName } from '../model/migration.ts';
import type { History } from './history.ts';
import { readChanges } from './journal.ts';
import { parseKnexTable, readKnexTable } from './knex-table.ts';

// What stock Knex calls it when nobody says otherwise.
const DEFAULT_TABLE = 'knex_migrations';

interface Pending {
  readonly hasJournal: boolean;
  readonly names: readonly string[];
  /** As the command named it. */
  readonly env?: string | undefined;
}

/** Whether stock Knex has applied under its own table what is pending here. */
export async function findStockHistory(history: History, { hasJournal, names, env }: Pending): Promise<Refusal | undefined> {
  if (names.length === 0) return undefined;
  const rows = await readKnexTable(history.client, parseKnexTable(DEFAULT_TABLE, history.schema));
  const theirs = new Set((rows ?? []).map(({ name }) => fromStockName(name)));
  const listed = names.filter((name) => theirs.has(name));
  // What the journal knows was taken over once, and is pending because it was rolled back since.
  const changes = hasJournal && listed.length > 0 ? await readChanges(history, listed) : [];
  const [first, ...others] = listed.filter((name) => !changes.some((change) => change.name === name));
  if (first === undefined) return undefined;
  return {
    code: 'stock-history',
    what: `${DEFAULT_TABLE} says that stock Knex applied ${first}${others.length > 0 ? ` and ${others.length} more of these` : ''} already`,
    next: `npm run migrate:baseline --${env ? ` --env ${env}` : ''} --from-knex   takes its history over`,
    exitCode: 3,
  };
}
