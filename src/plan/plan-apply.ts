import { compareApplied, driftRefusal, findUnrecorded } from '../drift/compare-applied.ts';
import { filesOf, touchCommand } from '../files/write-migration.ts';
import type { History } from '../history/history.ts';
import { readAttempt } from '../history/journal.ts';
import { findAppliedElsewhere } from '../import/applied-elsewhere.ts';
import { applyCommand, ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import type { HistoryRow } from '../model/history.ts';
import { formatPlace, LockstepError, listed, type Refusal } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import { targetName } from '../model/target.ts';
import { resume } from '../sql/script/finished-parts.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { findInDatabase, TAKES_ALL } from './database-refusals.ts';
import { choosePhase, findOvertaken, notePhases, phasesIn } from './deploy-phases.ts';
import { loadStep } from './load-step.ts';
import { planRecorded } from './past-repeatables.ts';
import { NONE, type PlannedRepeatables, planRepeatables, type Request } from './plan-repeatables.ts';
import { collect, type Known, type Note, type Planner, type PlanRequest } from './plan-request.ts';
import { findUnmet } from './required.ts';
import { findLate, highestOf, selectPending } from './select-steps.ts';

/** Reads and parses everything that is pending before anything runs: a typo in the last file stops the first. */
export const planApply: Planner = async (request, { migrations, repeatables, ...folder }) => {
  const { root, isRestart, repeatables: when, undone = NOTHING, takesTwins = false } = request;
  const twins = takesTwins ? folder.problems.filter(isTwin) : [];
  const problems = folder.problems.filter((problem) => !twins.includes(problem));
  const known = without(request.known, undone);
  const { history, applied, policy, tables } = known;
  const refusals: Refusal[] = [...problems];
  const { phaseOf, pending, isWhole, ...phased } = await selectAsked(refusals, request, { migrations, applied });
  const drifts = history
    ? await compareApplied({ root, migrations, ...known, history, hasJournal: tables.hasJournal, unread: 'keep' })
    : [];
  refusals.push(...drifts.filter(({ stops }) => stops).map((drift) => withSwitch(known, driftRefusal(drift))));
  const loading = { root, emptyScripts: policy.emptyScripts };
  const steps: Step[] = [];
  // Sequential: one parser instance, and the refusals stand in the order of the files.
  for (const migration of pending.filter(({ name }) => !problems.some(isAbout(name)))) {
    const step = await collect(refusals, () => loadStep(loading, migration, 'up'));
    if (step) steps.push(keepable(step, known));
  }
  const again = await planAgain({ loading, known, refusals, steps }, repeatables, when ?? (isWhole ? 'always' : 'as they are'));
  if (history) refusals.push(...(await findInDatabase([...steps, ...again.due], { ...known, history })));
  refusals.push(...(await findUnmet({ steps, migrations, known })));
  if (history && !isRestart) await verifyResumable(refusals, { ...known, history }, steps);
  const late = findLate(pending, applied, phaseOf);
  if (policy.lateVersions === 'refuse') refusals.push(...late.slice(0, 1).map((first) => lateRefusal(first, late.length, applied)));
  if (history)
    await verifyNotApplied(refusals, { root, known: { ...known, history }, pending: pending.filter(({ name }) => !undone.has(name)) });
  const notes = [
    ...drifts.filter(({ stops }) => !stops).map(({ what }) => ({ text: what })),
    ...(policy.lateVersions === 'apply' ? noteLate(known, late) : []),
    ...twins.map(noteTwin),
    ...noteUnchecked(steps),
    ...again.notes,
    ...phased.notes,
    ...(policy.rollbacks === 'expected' ? noteMissingRollbacks(root, steps) : []),
  ];
  return {
    plan: { target: targetName(known), direction: 'up', steps: [...steps, ...again.due], repeatables: again.repeatables },
    refusals,
    notes,
  };
};

interface Files {
  readonly migrations: readonly Migration[];
  readonly applied: readonly HistoryRow[];
}

/** What of it is pending, up to a version, and of a phase where one is asked for. */
async function selectAsked(refusals: Refusal[], { root, to, only, phase, known }: PlanRequest, { migrations, applied }: Files) {
  const phaseOf = phasesIn(root, migrations);
  const asked = (await collect(refusals, () => selectPending(migrations, applied, to))) ?? [];
  const chosen = asked.filter(({ name }) => only?.includes(name) ?? true);
  const wish = { phase, phaseOf, environment: known.environment };
  const phased = choosePhase(chosen, wish);
  const overtaken = findOvertaken(phased, wish);
  if (overtaken) refusals.push(overtaken);
  return {
    phaseOf,
    pending: phased.chosen,
    notes: notePhases(phased, wish),
    // What comes after the deployment is no reason to keep the application that is deployed waiting for its views.
    isWhole: selectPending(migrations, applied).every((one) => phased.chosen.includes(one) || phaseOf(one.name) === 'after-deploy'),
  };
}

const NOTHING: ReadonlySet<string> = new Set();

const without = (known: Known, undone: ReadonlySet<string>): Known => ({
  ...known,
  applied: known.applied.filter(({ name }) => !undone.has(name)),
});

/** A rollback that the database has no characters for is no reason to refuse what it would undo. */
function keepable(step: Step, { encoding }: Known): Step {
  const text = step.rollback && 'text' in step.rollback ? step.rollback.text : '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII
  return TAKES_ALL.includes(encoding) || !/[^\x00-\x7f]/.test(text) ? step : { ...step, rollback: { lacks: 'encoding' } };
}

/** A branch that was checked out meanwhile is the developer's most frequent reason. */
const withSwitch = ({ environment }: Known, refusal: Refusal): Refusal =>
  environment === 'development' && ['drift-missing', 'drift-edited'].includes(refusal.code)
    ? { ...refusal, next: `${refusal.next}\nor, where another branch was checked out: npm run migrate:switch   the database follows` }
    : refusal;

const isTwin = ({ code }: Refusal): boolean => code === 'same-version';

const noteTwin = ({ what }: Refusal): Note => ({
  text: `${what}; both are applied here, and every other command refuses them`,
  next: 'npm run migrate:switch -- --renumber   gives the one that nobody else has the next number',
});

type When = 'always' | 'never' | 'as they are';

/** As they read now they belong to the newest version. */
async function planAgain(request: Request, files: readonly Migration[], when: When): Promise<PlannedRepeatables> {
  if (when === 'never') return NONE;
  return when === 'always' ? planRepeatables(request, files) : planRecorded(request);
}

interface Pending {
  readonly root: string;
  readonly known: Known & { readonly history: History };
  readonly pending: readonly Migration[];
}

/** What the journal, or the history of another tool, says is applied would run twice. */
async function verifyNotApplied(refusals: Refusal[], { root, known: { history, tables, chosen }, pending }: Pending): Promise<void> {
  const names = pending.map(({ name }) => name);
  if (tables.hasJournal) refusals.push(...(await findUnrecorded(history, names)).map(driftRefusal));
  const elsewhere = await collect(refusals, () => findAppliedElsewhere(history, { root, ...tables, migrations: pending, env: chosen }));
  refusals.push(...(elsewhere ?? []).map((refusal) => ({ ...refusal, what: `${refusal.what}; nothing was changed` })));
}

/** What an attempt has finished must still be there as it was: files and journal tell, before anything runs. */
async function verifyResumable(
  refusals: Refusal[],
  { history, halfApplied, environment }: Known & { readonly history: History },
  steps: readonly Step[],
) {
  for (const step of steps) {
    const { name } = step.migration;
    if (step.kind !== 'sql' || !halfApplied.includes(name)) continue;
    const attempt = (await readAttempt(history, name)).filter(({ direction }) => direction === 'up');
    await collect(refusals, () => resume(step.script, attempt, withOptions(applyCommand(environment), '--interrupted restart')));
  }
}

/** Whose files are in the way already has nothing new to say. */
const isAbout =
  (name: string) =>
  ({ where }: Refusal): boolean =>
    where?.file.split('/').at(-1)?.startsWith(`${name}.`) ?? false;

function lateRefusal(first: Migration, count: number, applied: readonly HistoryRow[]): LockstepError {
  return new LockstepError({
    code: 'late-version',
    what: `${first.name} appeared after ${highestOf(applied)} was applied${count > 1 ? `, and so did ${count - 1} more` : ''}; where it belongs in the order is past`,
    where: { file: first.up ?? first.module ?? first.name },
    next: `npm run migrate:make -- --renumber ${first.version}   gives it the next number`,
    exitCode: 3,
  });
}

function noteLate({ applied, environment }: Known, late: readonly Migration[]): readonly Note[] {
  if (late.length === 0) return [];
  const names = late.map(({ name }) => name);
  const env = environment === 'development' ? '' : ` --env ${environment}`;
  // Only what is not applied can get another number.
  const commands = [
    `${ROLLBACK_COMMAND} --${env} --to ${applied.at(-1)?.name}`,
    ...names.map((name) => `npm run migrate:make --${env} --renumber ${name}`),
    applyCommand(environment),
  ];
  const text = `higher versions than ${listed(names)} are applied already; other environments refuse late versions until they have the next number`;
  return [{ text, next: commands.join(' && ') }];
}

function noteUnchecked(steps: readonly Step[]): readonly Note[] {
  const places = steps.flatMap((step) => {
    if (step.kind !== 'sql') return [];
    const { file, parts } = step.script;
    const unchecked = parts.flatMap(({ statements }) => statements.filter(({ isUnchecked }) => isUnchecked));
    return unchecked.map(({ start, summary }) => `${summary} in ${formatPlace({ ...placeOf(file, start), file: file.path })}`);
  });
  return places.length === 0 ? [] : [{ text: `too large to be checked before it runs: ${listed(places)}` }];
}

const MOST_TOUCHED = 10;

/** There is time to write one now, and none when it is needed. */
function noteMissingRollbacks(root: string, steps: readonly Step[]): readonly Note[] {
  const missing = steps.filter(({ kind, migration }) => kind === 'sql' && !migration.down).map(({ migration }) => migration.name);
  if (missing.length === 0) return [];
  const files = missing.map((name) => filesOf(name).down);
  const are = missing.length === 1 ? 'the rollback file is' : 'the rollback files are';
  const next =
    files.length > MOST_TOUCHED ? "write them, or in knexfile.ts: rollbacks: 'optional' in the policy" : touchCommand(root, files);
  const text = `${files.length > MOST_TOUCHED ? `${files.length} migrations` : listed(missing)} cannot be rolled back: ${are} missing`;
  return [{ text, next }];
}
