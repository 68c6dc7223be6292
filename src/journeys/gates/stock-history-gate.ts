import { LockstepError } from '../../model/lockstep-error.ts';
import { withoutExtension } from '../../model/migration.ts';
import { parseKnexTable, readKnexTable } from '../../pg/knex-table.ts';
import type { Gate } from './gate.ts';

// What stock Knex calls it when nobody says otherwise.
const DEFAULT_TABLE = 'knex_migrations';

/** What stock Knex has applied under its own table is not to be applied once more. */
export const stockHistoryGate: Gate = async ({ run, plan, journey }) => {
  if (plan.direction === 'down') return {};
  const { client, settings } = run.context;
  const rows = await readKnexTable(client, parseKnexTable(DEFAULT_TABLE, settings.schema));
  const names = new Set((rows ?? []).map(({ name }) => withoutExtension(name)));
  const known = plan.steps.filter(({ migration }) => names.has(migration.name)).map(({ migration }) => migration.name);
  const [first] = known;
  if (first === undefined) return {};
  throw new LockstepError({
    code: 'stock-history',
    what: `${DEFAULT_TABLE} says that stock Knex applied ${first}${known.length > 1 ? ` and ${known.length - 1} more of these` : ''} already; nothing was changed`,
    next: `npm run migrate:baseline --${journey.env ? ` --env ${journey.env}` : ''} --from-knex   takes its history over`,
    exitCode: 3,
  });
};
