import { LockstepError, listed } from '../../model/lockstep-error.ts';
import type { GateQuestion, GateResults } from './gate.ts';
import { passActingGates, passReadingGates } from './pass-gates.ts';

/**
 * The gates of what goes because a branch lacks it, whatever the policy lets through otherwise: nobody asked for a rollback. Without a
 * loss, and where all is proved, nobody is asked.
 * @param open what no rehearsal proved, and nobody allowed beforehand
 */
export async function passSwitchGates(question: GateQuestion, open: readonly string[]): Promise<GateResults> {
  const { journey } = question;
  if (open.length > 0 && !journey.ask) throw notProved(open, journey.command ?? '');
  const read = await passReadingGates(asking(question, 'ask'));
  if (open.length > 0)
    journey.emit({ type: 'note', text: `no rehearsal proved the ${open.length === 1 ? 'rollback' : 'rollbacks'} of ${listed(open)}` });
  const isLossOpen = read.consentToLoss === 'asked for with the plan';
  return passActingGates(asking(question, isLossOpen || open.length > 0 ? 'ask' : 'off'), read);
}

const asking = (question: GateQuestion, consent: 'ask' | 'off'): GateQuestion => ({
  ...question,
  target: { ...question.target, policy: strict(question.target.policy, consent) },
});

/** What a rollback may lose has to be said by name, or on the terminal. */
export const strict = (policy: GateQuestion['target']['policy'], consent: 'ask' | 'off') => ({
  ...policy,
  dataLoss: 'consent' as const,
  consent,
});

const notProved = (names: readonly string[], command: string): LockstepError =>
  new LockstepError({
    code: 'rollback-not-proved',
    what: `No rehearsal proved the ${names.length === 1 ? 'rollback' : 'rollbacks'} of ${listed(names)}, and there is no terminal to ask on; nothing was changed`,
    next: `${command} --allow-unproved   rolls back all the same\nor, on the branch that has ${names.length === 1 ? 'it' : 'them'}: npm run migrate:rehearse   and commit db/rehearsals`,
    exitCode: 3,
  });
