import { readMigrations } from '../../files/read-migrations.ts';
import { isLockstepError, LockstepError, listed } from '../../model/lockstep-error.ts';
import { isRepeatable } from '../../model/migration.ts';
import { hasPassed, type Rehearsal } from '../../model/rehearsal.ts';
import { findProofs, keepsProofs } from '../../rehearse/records.ts';
import type { Gate, GateQuestion, GateResults } from './gate.ts';

/** What is applied was proved as it is, or is rehearsed now. A rollback is none: in an emergency nobody waits for a proof. */
export const rehearsalGate: Gate = async (question) => {
  const { journey, target, plan } = question;
  const { root } = journey.project;
  const { rehearsal } = target.policy;
  if (plan.direction === 'down' || rehearsal === 'off' || (rehearsal === 'auto' && !keepsProofs(root))) return {};
  const names = plan.steps.filter(({ migration }) => !isRepeatable(migration)).map(({ migration }) => migration.name);
  const proofs = findProofs(root, (await readMigrations(root)).migrations);
  const missing = names.filter((name) => !proofs.has(name));
  if (missing.length > 0) return rehearseNow(question, missing);
  const majors = [...new Set(names.flatMap((name) => proofs.get(name) ?? []))];
  const others = majors.filter((major) => major !== target.target.serverMajor);
  if (others.length > 0)
    journey.emit({ type: 'note', text: `rehearsed on PostgreSQL ${others.join(' and ')}; this is ${target.target.serverMajor}` });
  return names.length === 0 ? {} : { rehearsal: { by: 'kept', majors } };
};

async function rehearseNow({ journey, target }: GateQuestion, missing: readonly string[]): Promise<GateResults> {
  const isRequired = target.policy.rehearsal === 'required';
  const what = `${listed(missing)} ${missing.length === 1 ? 'was' : 'were'} not rehearsed as ${missing.length === 1 ? 'it is' : 'they are'}`;
  const found = await journey.rehearse?.(missing, target.target.serverMajor).catch((error: unknown) => {
    if (!isLockstepError(error)) throw error;
    return undefined;
  });
  if (found && hasPassed(found)) {
    journey.emit({
      type: 'note',
      text: `rehearsed on PostgreSQL ${found.serverVersion}: ${listed(missing)} ${missing.length === 1 ? 'holds' : 'hold'}`,
    });
    return { rehearsal: { by: 'run', majors: [Number.parseInt(found.serverVersion, 10)] } };
  }
  if (found) throw notHolding(found);
  if (isRequired) throw notProved(what);
  journey.emit({
    type: 'note',
    text: `${what}, and there is no scratch server here`,
    next: 'npm run migrate:rehearse   and commit db/rehearsals',
  });
  return {};
}

function notHolding({ proofs, skipped }: Rehearsal): LockstepError {
  const failed = proofs.find(({ findings }) => findings.length > 0);
  const [finding] = failed?.findings ?? [];
  const what = finding ? `${failed?.name}: ${finding.what}` : `${skipped[0]?.name}: ${skipped[0]?.why}`;
  return new LockstepError({
    code: 'rehearsal-failed',
    what: `The rehearsal does not hold, so nothing was changed: ${what}`,
    ...(finding?.where && { where: finding.where }),
    next: `npm run migrate:rehearse   shows all of it${finding ? `\n${finding.next}` : ''}`,
    exitCode: 3,
  });
}

const notProved = (what: string): LockstepError =>
  new LockstepError({
    code: 'not-rehearsed',
    what: `${what}, and the policy wants a proof; nothing was changed`,
    next: 'npm run migrate:rehearse   where a scratch server can run, and commit db/rehearsals',
    exitCode: 3,
  });
