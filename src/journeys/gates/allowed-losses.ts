import type { AllowedLosses } from '../../model/loss.ts';
import type { Step } from '../../model/plan.ts';
import { quoteName } from '../../pg/catalog.ts';
import { findReachable } from '../../pg/user-tables.ts';
import { readPlanEffects } from '../../plan/plan-effects.ts';
import { COVERED, isCovered } from './data-loss-gate.ts';
import type { GateQuestion, GateResults } from './gate.ts';

/**
 * What the look before COMMIT may let through: what was consented to by name, and of each step the tables of which its own words delete some
 * rows. Where the policy only shows, or a proved backup is enough, it lets everything through and reports it.
 */
export async function allowedLosses(question: GateQuestion, results: GateResults): Promise<(step: Step) => AllowedLosses> {
  const { target, plan, journey } = question;
  const { dataLoss } = target.policy;
  if (dataLoss === 'off' || dataLoss === 'show' || results.consentToLoss === COVERED || isCovered(question))
    return () => ({ refuses: false, keys: [] });
  const { client } = target.history;
  const listed = results.losses ?? [];
  const named = (journey.allowDataLoss ?? []).flatMap(namesOf);
  const consented = [...listed.flatMap(({ key }) => (key === null ? [] : [splitKey(key)])), ...named];
  const deletes = [...readPlanEffects(plan).deletes].flatMap(([step, tables]) =>
    tables.map((names) => ({ step, things: names.map(quoteName) })),
  );
  const oids = await findReachable(
    client,
    [...consented, ...deletes].map(({ things }) => things),
  );
  const keys = consented.flatMap(({ column }, i) => (oids[i] ?? []).map((oid) => (column === undefined ? oid : `${oid}.${column}`)));
  const own = deletes.map(({ step }, i) => ({ step, keys: oids[consented.length + i] ?? [] }));
  return ({ migration }) => ({
    refuses: true,
    keys: [...keys, ...own.filter(({ step }) => step === migration.name).flatMap((one) => one.keys)],
  });
}

/** A table, by oid or by the names that it may have; with a column its values. */
interface Consented {
  readonly things: readonly string[];
  readonly column?: string;
}

function splitKey(key: string): Consented {
  const [oid = '', ...column] = key.split('.');
  return { things: [oid], ...(column.length > 0 && { column: column.join('.') }) };
}

/** `users`, `app.users`, `users.email`, `app.users.email`: as a table, and as a column. Code and DO blocks are allowed so what no text tells. */
function namesOf(name: string): readonly Consented[] {
  if (!/^(?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))*$/u.test(name)) return [];
  const dot = name.lastIndexOf('.');
  const column = name.slice(dot + 1).replace(/^"(.*)"$/, '$1');
  return [{ things: [name] }, ...(dot < 0 ? [] : [{ things: [name.slice(0, dot)], column }])];
}
