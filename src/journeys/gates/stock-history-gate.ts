import { LockstepError } from '../../model/lockstep-error.ts';
import { fromStockName } from '../../model/migration.ts';
import { readChanges } from '../../pg/journal.ts';
import { parseKnexTable, readKnexTable } from '../../pg/knex-table.ts';
import type { Gate } from './gate.ts';

// What stock Knex calls it when nobody says otherwise.
const DEFAULT_TABLE = 'knex_migrations';

/** What stock Knex has applied under its own table is not to be applied once more. */
export const stockHistoryGate: Gate = async ({ run, plan, journey }) => {
  if (plan.direction === 'down') return {};
  const { client, settings } = run.context;
  const rows = await readKnexTable(client, parseKnexTable(DEFAULT_TABLE, settings.schema));
  const names = new Set((rows ?? []).map(({ name }) => fromStockName(name)));
  const listed = plan.steps.filter(({ migration }) => names.has(migration.name)).map(({ migration }) => migration.name);
  // What the journal knows was taken over once, and is pending because it was rolled back since.
  const adopted = listed.length > 0 ? new Set((await readChanges(client, settings.schema, listed)).map(({ name }) => name)) : new Set();
  const known = listed.filter((name) => !adopted.has(name));
  const [first] = known;
  if (first === undefined) return {};
  throw new LockstepError({
    code: 'stock-history',
    what: `${DEFAULT_TABLE} says that stock Knex applied ${first}${known.length > 1 ? ` and ${known.length - 1} more of these` : ''} already; nothing was changed`,
    next: `npm run migrate:baseline --${journey.env ? ` --env ${journey.env}` : ''} --from-knex   takes its history over`,
    exitCode: 3,
  });
};
