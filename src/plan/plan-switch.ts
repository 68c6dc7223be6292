import { compareApplied, driftRefusal } from '../drift/compare-applied.ts';
import { findMigrationText } from '../files/migration-text.ts';
import type { MigrationFolder } from '../files/read-migrations.ts';
import type { Drift } from '../model/drift.ts';
import { repairCommand } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import { listed, type Refusal } from '../model/lockstep-error.ts';
import { fromStockName, type Migration } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import { targetName } from '../model/target.ts';
import { findInDatabase } from './database-refusals.ts';
import { loadPastRollback } from './past-rollbacks.ts';
import { planApply } from './plan-apply.ts';
import { collect, type Known, type MadePlan, type Note, type PlanRequest } from './plan-request.ts';

/** What brings a database to the files that are here: first what they lack is undone, then what they have is applied. */
export interface MadeSwitch {
  readonly undo: MadePlan;
  /** As it will be once that is undone. */
  readonly redo: MadePlan;
}

/** Plans both directions before anything happens. What differs between two branches under one name is undone and applied anew. */
export async function planSwitch(request: PlanRequest, folder: MigrationFolder): Promise<MadeSwitch> {
  const { root, known } = request;
  const refusals: Refusal[] = [];
  const gone = await findGone(root, known, folder.migrations);
  refusals.push(...gone.filter(isStockName).map(driftRefusal));
  const names = new Set(gone.map(({ name }) => name));
  const undone = known.applied.filter(({ name }) => names.has(name)).toReversed();
  const { steps, notes } = await loadAll(request, { undone, gone }, refusals);
  if (known.history) refusals.push(...(await findInDatabase(steps, { ...known, history: known.history })));
  const undo: MadePlan = {
    plan: { target: targetName(known), direction: 'down', steps },
    refusals,
    notes: [...notes, ...noteOrder(known, undone), ...noteRenamed(root, undone, { ...folder, known })],
  };
  const redo = await planApply({ ...request, repeatables: 'always', takesTwins: true, undone: names }, folder);
  return { undo, redo };
}

/** Applied, and not here, or not as it reads here. */
async function findGone(root: string, known: Known, migrations: readonly Migration[]): Promise<readonly Drift[]> {
  const { history, tables } = known;
  if (!history) return [];
  const drifts = await compareApplied({ root, migrations, ...known, halfApplied: [], history, hasJournal: tables.hasJournal });
  return drifts.filter(({ stops }) => stops);
}

/** Here and applied, under the name that stock Knex gave it. */
const isStockName = ({ name }: Drift): boolean => fromStockName(name) !== name;

interface Going {
  /** Newest first. */
  readonly undone: readonly HistoryRow[];
  readonly gone: readonly Drift[];
}

interface Loaded {
  readonly steps: readonly Step[];
  readonly notes: readonly Note[];
}

async function loadAll({ root, known }: PlanRequest, { undone, gone }: Going, refusals: Refusal[]): Promise<Loaded> {
  const { history, policy, applied } = known;
  const steps: Step[] = [];
  const notes: Note[] = [];
  if (!history) return { steps, notes };
  for (const row of undone) {
    const below = applied[applied.indexOf(row) - 1]?.name;
    const isEdited = gone.some(({ name, kind }) => name === row.name && kind === 'edited');
    const here = isEdited ? 'it reads otherwise on this branch' : 'this branch lacks it';
    const wish = { history, row, below, here };
    const found = await collect(refusals, () => loadPastRollback({ root, emptyScripts: policy.emptyScripts }, wish));
    if (found) steps.push(found.step);
    if (found?.note) notes.push(found.note);
  }
  return { steps, notes };
}

/** What stays above something that goes may stand on it: then its rollback fails, and nothing of it is kept. */
function noteOrder({ applied }: Known, undone: readonly HistoryRow[]): readonly Note[] {
  const oldest = undone.at(-1);
  if (!oldest) return [];
  const above = applied.slice(applied.indexOf(oldest)).filter((row) => !undone.includes(row));
  if (above.length === 0) return [];
  return [{ text: `${listed(above.map(({ name }) => name))} came after ${oldest.name} and ${above.length === 1 ? 'stays' : 'stay'}` }];
}

/** The rows of a migration that only has another name now need not be lost. */
function noteRenamed(
  root: string,
  undone: readonly HistoryRow[],
  { migrations, known }: MigrationFolder & { readonly known: Known },
): readonly Note[] {
  const pending = migrations.filter(({ name }) => !known.applied.some((row) => row.name === name));
  return undone.flatMap(({ name, checksum }): readonly Note[] => {
    const same = pending.find((one) => checksum !== undefined && findMigrationText(root, one)?.checksum === checksum);
    if (!same) return [];
    const next = `${repairCommand({ kind: 'rename', name, to: same.name })}   keeps its rows`;
    return [{ text: `${same.name} reads as ${name} did: it may only have another number now`, next }];
  });
}
