import { readMigrations } from '../../files/read-migrations.ts';
import { isLockstepError, LockstepError, listed } from '../../model/lockstep-error.ts';
import { isRepeatable } from '../../model/migration.ts';
import { rehearsalPolicy } from '../../model/policy.ts';
import { hasPassed, type Rehearsal } from '../../model/rehearsal.ts';
import { findProofs, type KeptProof, keepsProofs } from '../../rehearse/records.ts';
import type { Gate, GateQuestion, GateResults } from './gate.ts';

/** What is applied was proved as it is, or is rehearsed now. A rollback is none: in an emergency nobody waits for a proof. */
export const rehearsalGate: Gate = async (question) => {
  const { journey, target, plan } = question;
  const { root } = journey.project;
  const { gate, data, sameMajor = false } = rehearsalPolicy(target.policy.rehearsal);
  if (plan.direction === 'down' || gate === 'off' || (gate === 'auto' && !keepsProofs(root))) return {};
  const names = plan.steps.filter(({ migration }) => !isRepeatable(migration)).map(({ migration }) => migration.name);
  const proofs = findProofs(root, (await readMigrations(root)).migrations);
  const { serverMajor } = target.target;
  // A database that has nothing applied has no rows that a migration could meet.
  const unreal = data === 'real' && target.applied.length > 0 ? names.filter((name) => proofs.get(name)?.isOfRealData !== true) : [];
  // A copy is nothing that a run makes on its way.
  if (unreal.length > 0) throw notOnRealRows(unreal, target.environment);
  const isMeant = (proof: KeptProof | undefined): boolean => proof !== undefined && (!sameMajor || proof.major === serverMajor);
  const missing = names.filter((name) => !isMeant(proofs.get(name)));
  if (missing.length > 0) return rehearseNow(question, missing, sameMajor);
  const majors = [...new Set(names.flatMap((name) => proofs.get(name)?.major ?? []))];
  const others = majors.filter((major) => major !== serverMajor);
  if (others.length > 0) journey.emit({ type: 'note', text: `rehearsed on PostgreSQL ${others.join(' and ')}; this is ${serverMajor}` });
  return names.length === 0 ? {} : { rehearsal: { by: 'kept', majors, ...(data === 'real' && { data }) } };
};

async function rehearseNow({ journey, target }: GateQuestion, missing: readonly string[], sameMajor: boolean): Promise<GateResults> {
  const isRequired = rehearsalPolicy(target.policy.rehearsal).gate === 'required' || sameMajor;
  const { serverMajor } = target.target;
  const where = sameMajor ? ` on PostgreSQL ${serverMajor}` : '';
  const what = `${listed(missing)} ${missing.length === 1 ? 'was' : 'were'} not rehearsed${where} as ${missing.length === 1 ? 'it is' : 'they are'}`;
  const found = await journey.rehearse?.(missing, serverMajor).catch((error: unknown) => {
    if (!isLockstepError(error)) throw error;
    return undefined;
  });
  if (found && sameMajor && Number.parseInt(found.serverVersion, 10) !== serverMajor) throw otherMajor(what, serverMajor, missing);
  if (found && hasPassed(found)) {
    journey.emit({
      type: 'note',
      text: `rehearsed on PostgreSQL ${found.serverVersion}: ${listed(missing)} ${missing.length === 1 ? 'holds' : 'hold'}`,
    });
    return { rehearsal: { by: 'run', majors: [Number.parseInt(found.serverVersion, 10)] } };
  }
  if (found) throw notHolding(found);
  if (isRequired) throw sameMajor ? otherMajor(what, serverMajor, missing) : notProved(what);
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

const notOnRealRows = (names: readonly string[], environment: string): LockstepError =>
  new LockstepError({
    code: 'not-rehearsed',
    what: `${listed(names)} ${names.length === 1 ? 'was' : 'were'} not rehearsed on a copy of real rows as ${names.length === 1 ? 'it is' : 'they are'}, and the policy wants that; nothing was changed`,
    next: `npm run migrate:rehearse -- --from ${environment}   where a scratch server can run, and commit db/rehearsals   (--sample 5% --mask TABLE.COLUMN for a part of the rows, without what is personal)`,
    exitCode: 3,
  });

const otherMajor = (what: string, major: number, names: readonly string[]): LockstepError =>
  new LockstepError({
    code: 'not-rehearsed',
    what: `${what}, and the policy wants the same major; nothing was changed`,
    next: `npm run migrate:rehearse -- ${names.join(' ')} --major ${major}   where PostgreSQL ${major} is installed, and commit db/rehearsals`,
    exitCode: 3,
  });

const notProved = (what: string): LockstepError =>
  new LockstepError({
    code: 'not-rehearsed',
    what: `${what}, and the policy wants a proof; nothing was changed`,
    next: 'npm run migrate:rehearse   where a scratch server can run, and commit db/rehearsals',
    exitCode: 3,
  });
