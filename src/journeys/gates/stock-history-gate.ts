import { findStockHistory } from '../../history/find-stock-history.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import type { Gate } from './gate.ts';

/** What stock Knex has applied under its own table is not to be applied once more. */
export const stockHistoryGate: Gate = async ({ run, plan, journey }) => {
  if (plan.direction === 'down') return {};
  const { client, settings } = run.context;
  const names = plan.steps.map(({ migration }) => migration.name);
  const found = await findStockHistory(client, { schema: settings.schema, hasJournal: true, names, env: journey.env });
  if (found) throw new LockstepError({ ...found, what: `${found.what}; nothing was changed` });
  return {};
};
