import { readSource } from '../files/read-source.ts';
import { REPEATABLE_FOLDER } from '../files/write-migration.ts';
import { type RecordedRepeatable, repeatablesQuestion } from '../history/repeatables.ts';
import { given } from '../model/given.ts';
import { LockstepError, listed, type Refusal } from '../model/lockstep-error.ts';
import { type Migration, REPEATABLE, type SourceFile } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import { type DefinedObject, dropStatement, type Repeatable, type RepeatableState } from '../model/repeatable.ts';
import { askOne } from '../pg/ask.ts';
import { type Objects, readObjects } from '../sql/script/read-objects.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { type Loading, loadStep } from './load-step.ts';
import { dependentsOf, orderRepeatables } from './order-repeatables.ts';
import { collect, type Known, type Note } from './plan-request.ts';

/** What of a plan concerns repeatables. */
export interface PlannedRepeatables {
  /** In their order. Those with a reason are due. */
  readonly repeatables: readonly Step[];
  readonly due: readonly Step[];
  readonly notes: readonly Note[];
}

/** Nothing of the kind. */
export const NONE: PlannedRepeatables = { repeatables: [], due: [], notes: [] };

/** Of these, those with a reason are due. */
export const planned = (repeatables: readonly Step[], notes: readonly Note[]): PlannedRepeatables => ({
  repeatables,
  due: repeatables.filter(({ why }) => why !== undefined),
  notes,
});

export interface Request {
  readonly loading: Loading;
  readonly known: Known;
  readonly refusals: Refusal[];
  /** The versioned steps of the plan. */
  readonly steps: readonly Step[];
}

/** Compares a file with what history has of it. */
function stateOf(root: string, { up = '' }: Migration, recorded: RecordedRepeatable | undefined): RepeatableState {
  if (!recorded) return 'new';
  if (readSource(root, up).checksum !== recorded.checksum) return 'changed';
  return recorded.remains.length < recorded.objects.length ? 'lost' : 'applied';
}

/** How each stands: those of files by name, then those whose files are gone. */
export async function readStates(root: string, files: readonly Migration[], known: Known): Promise<readonly Repeatable[]> {
  const recorded = new Map((await readRecorded(known)).map((one) => [one.name, one]));
  const gone = goneOf(files, recorded);
  return [
    ...files.map(
      (file): Repeatable => ({ ...factsOf(recorded.get(file.name)), name: file.name, state: stateOf(root, file, recorded.get(file.name)) }),
    ),
    ...gone.map((one): Repeatable => ({ ...factsOf(one), name: one.name, state: 'deleted', remains: one.remains })),
  ];
}

/** Repeatables without a file, with what remains of each: what another file makes by now is that one's. */
function goneOf(files: readonly Migration[], recorded: ReadonlyMap<string, RecordedRepeatable>): readonly RecordedRepeatable[] {
  const isOnDisk = ({ name }: { readonly name: string }): boolean => files.some((file) => file.name === name);
  const taken = new Set([...recorded.values()].filter(isOnDisk).flatMap(({ objects }) => objects.map(keyOf)));
  return [...recorded.values()]
    .filter((one) => !isOnDisk(one))
    .map((one) => ({ ...one, remains: one.remains.filter((object) => !taken.has(keyOf(object))) }));
}

const keyOf = ({ kind, name, on = '' }: DefinedObject): string => `${kind} ${name} ${on}`;

const factsOf = (one: RecordedRepeatable | undefined) =>
  given({ appliedAt: one?.appliedAt, appliedBy: one?.appliedBy, description: one?.description });

const WHY: Readonly<Record<RepeatableState, string>> = {
  applied: '',
  new: 'new',
  changed: 'changed',
  lost: 'gone from the database',
  deleted: 'its file is gone',
};

const readRecorded = async ({ history, tables, repeatables }: Known): Promise<readonly RecordedRepeatable[]> =>
  history && tables.hasJournal && repeatables.length > 0 ? askOne(history.client, repeatablesQuestion(history)) : [];

/** Files that are new or changed, whose objects are gone, or that depend on those that drop something; and those of deleted files. */
export async function planRepeatables(request: Request, files: readonly Migration[]): Promise<PlannedRepeatables> {
  const { known, steps } = request;
  if (files.length + known.repeatables.length === 0) return NONE;
  const recorded = new Map((await readRecorded(known)).map((one) => [one.name, one]));
  const why = await findReasons(request, files, recorded);
  const gone = goneOf(files, recorded);
  const leaving = gone.map((one) => ({ ...forget(one), ...(one.remains.length === 0 && { why: WHY.deleted }) }));
  const notes = (made: readonly DefinedObject[]): readonly Note[] => gone.flatMap((one) => noteRemains(one, steps, made));
  // Where nothing runs nothing can be taken away, and no file needs to be parsed.
  if (why.size === 0 && steps.length === 0) return planned(leaving, notes([]));
  const loaded = orderRepeatables(await loadAll(request, files));
  takeAlong(why, loaded);
  return planned(
    [...loaded.map(({ name, step }) => ({ ...step, ...given({ why: why.get(name) }) })), ...leaving],
    notes(loaded.flatMap(({ defines }) => defines)),
  );
}

type Recorded = ReadonlyMap<string, RecordedRepeatable>;

/** Why files run for their own sake, by name. */
async function findReasons({ loading, refusals }: Request, files: readonly Migration[], recorded: Recorded): Promise<Map<string, string>> {
  const why = new Map<string, string>();
  for (const file of files) {
    const state = await collect(refusals, () => stateOf(loading.root, file, recorded.get(file.name)));
    if (state && state !== 'applied') why.set(file.name, WHY[state]);
  }
  return why;
}

/** What depends on one that drops something, and what defines nothing: a grant or a comment is gone with what it was on. */
function takeAlong(why: Map<string, string>, loaded: readonly Loaded[]): void {
  const add = (name: string, reason: string): void => void (why.has(name) || why.set(name, reason));
  for (const name of dependentsOf(loaded, [...why.keys()])) add(name, 'depends on one that changed');
  if (why.size > 0) for (const { name, defines } of loaded) if (defines.length === 0) add(name, 'runs with the others');
}

/** A repeatable that was read, with what it defines and needs. */
export type Loaded = Objects & { readonly name: string; readonly step: Step };

/** Sequential: one parser instance. */
async function loadAll({ loading, refusals }: Request, files: readonly Migration[]): Promise<readonly Loaded[]> {
  const loaded: Loaded[] = [];
  for (const file of files) {
    const one = await collect(refusals, async () => withObjects(await loadStep(loading, file, 'up')));
    if (one) loaded.push(one);
  }
  return loaded;
}

/** @throws LockstepError for what cannot run in the transaction that all of them share */
export async function withObjects(step: Step): Promise<Loaded> {
  if (step.kind !== 'sql') throw new Error(`a repeatable that is no SQL: ${step.migration.name}`);
  const { file, parts } = step.script;
  const alone = parts.find(({ mode }) => mode !== 'transaction') ?? parts[1];
  if (alone)
    throw new LockstepError({
      code: 'repeatable-parts',
      what: `${alone.statements[0]?.summary} cannot run in one transaction with all other repeatable files`,
      where: placeOf(file, alone.statements[0]?.start ?? 0),
      next: `npm run migrate:make -- ${step.migration.name.split('/').at(-1)}   and move it into a migration of its own`,
    });
  const objects = await readObjects(file.text);
  return { ...objects, name: step.migration.name, step: { ...step, objects: objects.defines } };
}

/** Takes a repeatable out of history, of which nothing is left. */
function forget({ name, checksum }: Pick<RecordedRepeatable, 'name' | 'checksum'>): Step {
  const file: SourceFile = { path: `${REPEATABLE_FOLDER}/${name.slice(REPEATABLE.length)}.sql`, text: '', checksum };
  const script = { file, parts: [], begin: 'BEGIN', semanticHash: '', hasSecret: true };
  return { kind: 'sql', direction: 'down', migration: { version: '', name }, checksum, script };
}

/** What a deleted file has made is not ours to drop unasked; where the plan speaks of it, its own words may do. */
function noteRemains({ name, remains }: RecordedRepeatable, steps: readonly Step[], made: readonly DefinedObject[]): readonly Note[] {
  const texts = steps.flatMap((step) => (step.kind === 'sql' ? [step.script.file.text.toLowerCase()] : []));
  const isMade = ({ kind, bare }: DefinedObject): boolean => made.some((one) => one.kind === kind && one.bare === bare);
  const left = remains.filter((one) => !isMade(one) && !texts.some((text) => text.includes(one.bare.toLowerCase())));
  if (left.length === 0) return [];
  const what = left.map((one) => `${one.kind.toLowerCase()} ${one.name}`);
  const title = `drop_${(left[0]?.bare ?? '').replace(/\W+/g, '_')}`;
  const text = `the file of ${name} was deleted, and what it made is still there: ${listed(what)}`;
  return [{ text, next: `npm run migrate:make -- ${title}   and write into it: ${left.toReversed().map(dropStatement).join(' ')}` }];
}
