import { chosenEnvironment } from '../environment/read-environment.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import { environmentNamed } from '../model/environment.ts';
import type { Proof, Rehearsal } from '../model/rehearsal.ts';
import { keepProofs } from '../rehearse/records.ts';
import { readWorkload, type WorkloadFile } from '../rehearse/workload-file.ts';
import { play } from './rehearsal-play.ts';
import { choose, type Rehearse, type Wanted } from './rehearsal-wish.ts';
import { rehearseOnCopy } from './rehearse-copy.ts';
import { type LoadWish, rehearseLoad } from './rehearse-load.ts';
import { withScratchPlace } from './scratch-place.ts';

export type { Rehearse } from './rehearsal-wish.ts';

const DEV_MAJOR = 18;

/** Proves on a scratch server that each migration applies, and that its rollback brings back what was there. Writes to no database of anybody's. */
export async function rehearse(journey: Rehearse): Promise<Rehearsal> {
  if (journey.from !== undefined) return rehearseOnCopy(journey, journey.from);
  const startedAt = performance.now();
  const workload = await findWorkload(journey);
  const { root } = journey.project;
  const migrations = await readVerifiedMigrations(root);
  const wanted = (major: number): Wanted => choose(journey, migrations, major);
  const nothing = () => ({ ...NOTHING, before: migrations.map(({ name }) => name), durationMs: performance.now() - startedAt });
  if (wanted(journey.major ?? DEV_MAJOR).names.size === 0) return nothing();
  return withScratchPlace(journey, journey.major, async (place) => {
    const { names, keys } = wanted(place.major);
    if (names.size === 0) return nothing();
    const acts = await play(journey, { place, migrations, names });
    const proofs = await underLoad(journey, { place, migrations, proofs: acts.proofs, workload });
    keepProofs(root, proofs, { keys, major: place.major });
    return { ...acts, proofs, place: place.name, durationMs: performance.now() - startedAt };
  });
}

/** Those that hold so far are measured too where that is wanted, against what production allows unless an environment is named. */
async function underLoad(journey: Rehearse, { proofs, ...wish }: Omit<LoadWish, 'rows' | 'maxStallMs'>): Promise<readonly Proof[]> {
  const { project, loadRows: rows } = journey;
  if (rows === undefined) return proofs;
  const { maxStallMs } = environmentNamed(project, chosenEnvironment(journey)?.name ?? 'production').policy;
  const holding = proofs.filter(({ findings }) => findings.length === 0);
  const measured = await rehearseLoad(journey, { ...wish, proofs: holding, rows, maxStallMs });
  return proofs.map((proof) => measured.find(({ name }) => name === proof.name) ?? proof);
}

/** Read before anything is started. */
const findWorkload = async ({ workloadFile }: Rehearse): Promise<WorkloadFile | undefined> =>
  workloadFile === undefined ? undefined : readWorkload(workloadFile);

const NOTHING = { serverVersion: '', place: '', proofs: [], skipped: [], notes: [] } as const;
