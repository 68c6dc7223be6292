/** Migrations applied once more, to tables with many rows that others read and write meanwhile: what they wait for it. */
import { chosenEnvironment } from '../environment/read-environment.ts';
import { filesOf } from '../files/write-migration.ts';
import { environmentNamed } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import type { Migration } from '../model/migration.ts';
import type { Load, Proof } from '../model/rehearsal.ts';
import { isLarger, withEstimates } from '../rehearse/estimate-size.ts';
import { judgeLoad } from '../rehearse/judge-load.ts';
import { measureLoad } from '../rehearse/measure-load.ts';
import { readWorkload, type WorkloadFile } from '../rehearse/workload-file.ts';
import { findSizes, type Sizes } from './find-sizes.ts';
import type { Stage } from './rehearsal-stage.ts';
import type { Rehearse } from './rehearsal-wish.ts';
import { PART, runUnderLoad, type UnderLoad } from './run-under-load.ts';

interface LoadWish {
  readonly stage: Stage;
  readonly migrations: readonly Migration[];
  /** What was shown of those that are to be measured. */
  readonly proofs: readonly Proof[];
  /** In each table that a migration touches, where rows are made. */
  readonly rows: number;
  readonly maxStallMs: number;
  readonly workload: WorkloadFile | undefined;
  readonly sizes: Sizes | undefined;
}

type Played = Pick<LoadWish, 'stage' | 'migrations' | 'proofs'>;

/** Measures those that hold so far where that is wanted, against what production allows unless an environment is named. */
export type Measure = (played: Played) => Promise<{ readonly proofs: readonly Proof[]; readonly notes: readonly string[] }>;

/** @throws LockstepError for a workload file that cannot be read: before anything is started */
export async function readMeasure(journey: Rehearse): Promise<Measure> {
  const { project, loadRows: rows, workloadFile } = journey;
  if (rows === undefined) return async ({ proofs }) => ({ proofs, notes: [] });
  const { maxStallMs } = environmentNamed(project, chosenEnvironment(journey)?.name ?? 'production').policy;
  const workload = workloadFile === undefined ? undefined : await readWorkload(workloadFile);
  const sizes = await findSizes(journey);
  return async ({ proofs, ...played }) => {
    const holding = proofs.filter(({ findings }) => findings.length === 0);
    const measured = await rehearseLoad(journey, { ...played, proofs: holding, rows, maxStallMs, workload, sizes });
    const notes = sizes && 'why' in sizes ? [`no estimate for ${sizes.of}: ${sizes.why}`] : [];
    return { proofs: proofs.map((proof) => measured.find(({ name }) => name === proof.name) ?? proof), notes };
  };
}

/** @returns the proofs with what was measured, and a finding for each migration that others waited too long for */
async function rehearseLoad(journey: Journey, wish: LoadWish): Promise<readonly Proof[]> {
  const { stage } = wish;
  const measured: Proof[] = [];
  let at = -1;
  if (wish.proofs.length > 0) await stage.begin();
  for (const [i, proof] of wish.proofs.entries()) {
    const number = wish.migrations.findIndex(({ name }) => name === proof.name);
    const [below, migration] = [wish.migrations[number - 1], wish.migrations[number]];
    if (!migration || journey.interruption.aborted) continue;
    journey.emit({ type: 'rehearsing', name: `${proof.name} under load`, number: i + 1, total: wish.proofs.length });
    if (below && at !== number - 1 && (await stage.run('up', { to: below.name })).failure) await beginAgain(stage, below);
    measured.push(await measureOne(wish, { proof, migration, below, root: journey.project.root, workload: wish.workload }));
    at = number;
  }
  return measured;
}

const unmeasured = (proof: Proof, why: string): Proof => ({ ...proof, notes: [...proof.notes, `not measured under load: ${why}`] });

interface One {
  readonly proof: Proof;
  readonly migration: Migration;
  readonly below: Migration | undefined;
  readonly root: string;
  readonly workload: WorkloadFile | undefined;
}

// unique_violation, exclusion_violation
const IS_NOT_UNIQUE = /^23(505|P01)$/;

/** Expects what lies below it to be applied, and leaves it applied. */
async function measureOne(wish: LoadWish, one: One): Promise<Proof> {
  const { stage } = wish;
  const { proof, migration, below } = one;
  let taken = await runUnderLoad(stage, { rows: wish.rows, isDistinct: false, isPart: false }, one);
  if (typeof taken !== 'string' && !stage.holdsRealRows && IS_NOT_UNIQUE.test(taken.failure?.sqlstate ?? '')) {
    await beginAgain(stage, below);
    taken = await runUnderLoad(stage, { rows: wish.rows, isDistinct: true, isPart: false }, one);
  }
  if (typeof taken === 'string') {
    if ((await stage.run('up', { to: migration.name })).failure) await beginAgain(stage, migration);
    return unmeasured(proof, taken);
  }
  const { recorded, failure } = taken;
  if (failure) {
    await beginAgain(stage, migration);
    return unmeasured(proof, `${stage.holdsRealRows ? 'meanwhile' : 'with so many rows'} it fails: ${failure.what}`);
  }
  const measured = measureLoad(recorded);
  const { load, notes } = await estimated(wish, one, measured);
  const file = migration.up ?? migration.module ?? filesOf(migration.name).up;
  return {
    ...proof,
    load,
    findings: [...proof.findings, ...judgeLoad(recorded, load, { file, maxStallMs: wish.maxStallMs })],
    notes: [...proof.notes, ...notesOf(taken, load, wish), ...notes],
  };
}

interface Estimated {
  readonly load: Load;
  readonly notes: readonly string[];
}

/** Only a superuser may take rows out beside their foreign keys. */
function saidByServer(error: Error & { readonly code?: string }): string {
  if (/^[0-9A-Z]{5}$/.test(error.code ?? '')) return error.message;
  throw error;
}

/** What it would take on the rows of a real database, where those are known and more: measured once more, on fewer. Leaves it applied. */
async function estimated({ stage, rows, sizes }: LoadWish, one: One, load: Load): Promise<Estimated> {
  if (!sizes || 'why' in sizes || !isLarger(load, sizes)) return { load, notes: [] };
  await beginAgain(stage, one.below);
  const taken = await runUnderLoad(stage, { rows: Math.ceil(rows * PART), isDistinct: false, isPart: true }, one).catch(saidByServer);
  const why = typeof taken === 'string' ? taken : taken.failure?.what;
  if (typeof taken !== 'string' && why === undefined) return { load: withEstimates(load, measureLoad(taken.recorded), sizes), notes: [] };
  await beginAgain(stage, one.migration);
  return { load, notes: [`no estimate for ${sizes.of}: on fewer rows it cannot be measured: ${why}`] };
}

/** Without rows that are in its way. */
async function beginAgain(stage: Stage, top: Migration | undefined): Promise<void> {
  await stage.begin();
  if (top) await stage.run('up', { to: top.name });
}

const MOST_FAILURES = 5;

/** A machine that lets others wait this part of the budget anyway is none to measure on. */
const TOO_BUSY = 0.5;

const notesOf = ({ filled, failures, notes }: UnderLoad, { noiseMs }: Load, { maxStallMs }: LoadWish): readonly string[] => [
  ...notes,
  ...filled.flatMap(({ table, rows, why }) => (why === undefined ? [] : [`${table} held ${rows.toLocaleString('en')} rows only: ${why}`])),
  ...[...failures].slice(0, MOST_FAILURES).map((what) => `others fail meanwhile: ${what}`),
  ...(noiseMs > maxStallMs * TOO_BUSY
    ? [`this machine is too busy for a measurement: without a migration others waited ${Math.round(noiseMs)} ms`]
    : []),
];
