/** Repeatables as they read at a time that is past: their texts are the journal's, and not those of the files. */
import { REPEATABLE_FOLDER } from '../files/write-migration.ts';
import type { History } from '../history/history.ts';
import { type PastRepeatable, readRepeatablesBefore, repeatablesQuestion } from '../history/repeatables.ts';
import { listed } from '../model/lockstep-error.ts';
import { REPEATABLE } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import { askOne } from '../pg/ask.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { orderRepeatables } from './order-repeatables.ts';
import { type Loaded, NONE, type PlannedRepeatables, planned, type Request, withObjects } from './plan-repeatables.ts';
import { collect } from './plan-request.ts';

/** The repeatables as they were run last: what a run brings back that stops below the newest version, and does not run them as they read now. */
export async function planRecorded({ known, refusals }: Pick<Request, 'known' | 'refusals'>): Promise<PlannedRepeatables> {
  const { history } = known;
  if (!history || known.repeatables.length === 0) return NONE;
  const loaded: Loaded[] = [];
  for (const one of await readRepeatablesBefore(history, undefined)) {
    const step = await collect(refusals, () => loadPast(one, 'last'));
    if (step) loaded.push(step);
  }
  return planned(
    orderRepeatables(loaded).map(({ step }) => step),
    [],
  );
}

/** Brings back how the repeatables read before a migration was applied, as far as they read otherwise now. */
export async function planRepeatablesBefore({ known, refusals }: Request, oldest: string | undefined): Promise<PlannedRepeatables> {
  const { history } = known;
  if (!history || oldest === undefined || known.repeatables.length === 0) return NONE;
  const current = new Map(known.repeatables.map((row) => [row.name, row.checksum]));
  const past = await readRepeatablesBefore(history, oldest);
  const lost = past.filter(({ script }) => script === null).map(({ name }) => name);
  const loaded: Loaded[] = [];
  for (const one of past) {
    const step = await collect(refusals, () => loadPast(one, `before ${oldest}`));
    if (step) loaded.push(step);
  }
  const reason = (step: Step) => (current.get(step.migration.name) === step.checksum ? {} : { why: `as it was before ${oldest}` });
  const notes = [{ text: `${listed(lost)} may hold a password, so how it read before ${oldest} was not kept; it stays as it is` }];
  const steps = orderRepeatables(loaded).map(({ step }) => ({ ...step, ...reason(step) }));
  return planned(await withOthers(history, steps), lost.length > 0 ? notes : []);
}

/** A grant goes with what it was on; and what came later may stand on what is to be replaced. */
async function withOthers(history: History, steps: readonly Step[]): Promise<readonly Step[]> {
  const runs = steps.some(({ why }) => why !== undefined);
  const recorded = await askOne(history.client, repeatablesQuestion(history));
  const later = recorded.filter(({ name }) => !steps.some(({ migration }) => migration.name === name)).flatMap(({ objects }) => objects);
  return steps.map((step) => ({
    ...step,
    ...(runs && step.why === undefined && step.objects?.length === 0 && { why: 'runs with the others' }),
    ...(later.length > 0 && { later }),
  }));
}

async function loadPast({ name, checksum, script: text }: PastRepeatable, before: string): Promise<Loaded | undefined> {
  if (text === null) return undefined;
  const file = { path: `${REPEATABLE_FOLDER}/${name.slice(REPEATABLE.length)}.sql (as it was ${before})`, text, checksum };
  const script = await parseScript(file, { mayBeEmpty: true });
  return withObjects({ kind: 'sql', direction: 'up', migration: { version: '', name }, checksum, script });
}
