import { LockstepError } from '../../model/lockstep-error.ts';
import type { Gate } from './gate.ts';

/** On a terminal, a person types the database's name. Without one the other gates decide. */
export const consentGate: Gate = async ({ journey, target, plan }) => {
  if (target.policy.consent === 'off') return {};
  if (!journey.ask) return { consent: 'no terminal' };
  const { database } = target.target;
  const verb = plan.direction === 'up' ? 'apply' : 'roll back';
  const asked = await journey.ask(`Type the name of the database to ${verb} this in ${target.environment} (${database}): `);
  const answer = asked.trim();
  if (answer === database) return { consent: 'typed' };
  throw new LockstepError({
    code: 'not-confirmed',
    what: `${answer === '' ? 'No name was typed' : `"${answer}" is not the name of the database`}, so nothing was done`,
    next: `run the same command again and type ${database}`,
    exitCode: 3,
  });
};
