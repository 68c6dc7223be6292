import { findSchemaFileState, SCHEMA_FILE } from '../../files/schema-file.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import type { Gate } from './gate.ts';

/** Where reviewers read the schema from a file, it is the one that these migrations make. A rollback has its own. */
export const snapshotGate: Gate = async ({ journey, target, plan }) => {
  const { snapshot } = target.policy;
  if (plan.direction === 'down' || snapshot === 'off') return {};
  const state = await findSchemaFileState(journey.project.root);
  if (state === 'fresh' || (state === 'missing' && snapshot === 'auto')) return {};
  const what = state === 'missing' ? `${SCHEMA_FILE} is not there` : `${SCHEMA_FILE} was written for other files than are here`;
  const next = `npm run migrate:snapshot   and commit ${SCHEMA_FILE}`;
  if (target.isProduction || snapshot === 'required')
    throw new LockstepError({
      code: 'snapshot-stale',
      what: `${what}; nothing was changed`,
      where: { file: SCHEMA_FILE },
      next,
      exitCode: 3,
    });
  journey.emit({ type: 'note', text: what, next });
  return {};
};
