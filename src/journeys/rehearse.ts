import { readVerifiedMigrations } from '../files/read-migrations.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import { keepProofs } from '../rehearse/records.ts';
import { play } from './rehearsal-play.ts';
import { choose, type Rehearse, type Wanted } from './rehearsal-wish.ts';
import { rehearseOnCopy } from './rehearse-copy.ts';
import { readMeasure } from './rehearse-load.ts';
import { withScratchPlace } from './scratch-place.ts';

export type { Rehearse } from './rehearsal-wish.ts';

const DEV_MAJOR = 18;

/** Proves on a scratch server that each migration applies, and that its rollback brings back what was there. Writes to no database of anybody's. */
export async function rehearse(journey: Rehearse): Promise<Rehearsal> {
  if (journey.from !== undefined) return rehearseOnCopy(journey, journey.from);
  const startedAt = performance.now();
  const measure = await readMeasure(journey);
  const { root } = journey.project;
  const migrations = await readVerifiedMigrations(root);
  const wanted = (major: number): Wanted => choose(journey, migrations, major);
  const nothing = () => ({ ...NOTHING, before: migrations.map(({ name }) => name), durationMs: performance.now() - startedAt });
  if (wanted(journey.major ?? DEV_MAJOR).names.size === 0) return nothing();
  return withScratchPlace(journey, journey.major, async (place) => {
    const { names, keys } = wanted(place.major);
    if (names.size === 0) return nothing();
    const acts = await play(journey, { place, migrations, names, measure });
    keepProofs(root, acts.proofs, { keys, major: place.major });
    return { ...acts, place: place.name, durationMs: performance.now() - startedAt };
  });
}

const NOTHING = { serverVersion: '', place: '', proofs: [], skipped: [], notes: [] } as const;
