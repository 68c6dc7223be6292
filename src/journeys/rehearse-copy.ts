/** The migrations that a database still lacks, rehearsed on a copy of its rows. */
import { createHash, randomBytes } from 'node:crypto';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import { shellWord } from '../model/command.ts';
import { findEnvironment } from '../model/environment.ts';
import { given } from '../model/given.ts';
import type { Migration } from '../model/migration.ts';
import type { RealData, Rehearsal } from '../model/rehearsal.ts';
import { keepProofs, keysOf } from '../rehearse/records.ts';
import { compareSnapshots } from '../snapshot/compare-snapshots.ts';
import { isAbout, type SnapshotLine, takeSnapshot } from '../snapshot/take-snapshot.ts';
import { transferRows } from '../transfer/transfer-rows.ts';
import { tellCopying } from './copy-progress.ts';
import { type CopySource, fromEnvironment, withBackupSource } from './copy-source.ts';
import { divide, wantedOf } from './divide-applied.ts';
import { asRole } from './live-schema.ts';
import { play } from './rehearsal-play.ts';
import { isOurs, type Stage } from './rehearsal-stage.ts';
import type { Rehearse } from './rehearsal-wish.ts';
import { type Measure, readMeasure } from './rehearse-load.ts';
import { type ScratchPlace, withScratchPlace } from './scratch-place.ts';
import { verifyOtherServer } from './verify-other-server.ts';

/** Reads the source in one transaction that can write nothing. @param from an environment, a backup, or the file of a pg_dump */
export async function rehearseOnCopy(journey: Rehearse, from: string): Promise<Rehearsal> {
  const startedAt = performance.now();
  const migrations = await readVerifiedMigrations(journey.project.root);
  const environment = findEnvironment(journey.project, from);
  const measure = await readMeasure(journey);
  const perform = (source: CopySource, place: ScratchPlace) => rehearseWith(journey, { source, place, migrations, measure, startedAt });
  if (!environment) return withScratchPlace(journey, journey.major, (place) => withBackupSource(journey, { place, file: from }, perform));
  const source = await fromEnvironment(journey, environment);
  const { pending } = divide(migrations, source);
  if (pending.length === 0) return nothing(migrations, source, startedAt);
  return withScratchPlace(journey, journey.major ?? source.live.server.serverMajor, async (place) => {
    await verifyOtherServer(journey, place, { source, environment });
    // On a server of others, roles are none of our business.
    return perform(source, place.isOwn ? await asRole(place, source.live) : place);
  });
}

interface Scene {
  readonly source: CopySource;
  readonly place: ScratchPlace;
  readonly migrations: readonly Migration[];
  readonly measure: Measure;
  readonly startedAt: number;
}

async function rehearseWith(journey: Rehearse, scene: Scene): Promise<Rehearsal> {
  const { source, place, migrations, measure, startedAt } = scene;
  const { root } = journey.project;
  const { applied, pending, late } = divide(migrations, source);
  const names = wantedOf(journey, pending, source);
  if (names.size === 0) return nothing(migrations, source, startedAt);
  const fill = (stage: Stage): Promise<RealData> => fillFrom(journey, scene, stage);
  const copy = { applied, hasRepeatables: source.live.hasRepeatables, fill };
  const acts = await play({ ...journey, ...given({ env: source.env }) }, { place, migrations, names, copy, measure });
  keepProofs(root, acts.proofs, { keys: keysOf(root, migrations, place.major), major: place.major, data: acts.data });
  const why = `it lies below what ${source.name} has applied; npm run migrate:make -- --renumber VERSION   gives it the next number`;
  return {
    ...acts,
    skipped: [...late.map(({ name }) => ({ name, why })), ...acts.skipped],
    notes: [...acts.notes, ...source.notes],
    place: place.name,
    durationMs: performance.now() - startedAt,
  };
}

const nothing = (migrations: readonly Migration[], { name }: CopySource, startedAt: number): Rehearsal => ({
  serverVersion: '',
  place: '',
  proofs: [],
  before: migrations.map((one) => one.name),
  skipped: [],
  notes: [`${name} has applied all of them, so there is nothing to rehearse on its rows`],
  durationMs: performance.now() - startedAt,
});

/** Which lines of two schemas mean the same on both sides. */
function comparedBetween({ isFile, live }: CopySource, place: ScratchPlace): (line: SnapshotLine) => boolean {
  // A dump is restored without owners and grants; and on a server of others everything belongs to its own role.
  const unknown = isFile
    ? ['owner', 'grant', 'default privilege']
    : place.isOwn || live.server.user === place.settings.user
      ? []
      : ['owner'];
  // Comment, owner and settings of the database itself are no migration's.
  return ({ kind, name }) => name !== 'database' && kind !== 'setting' && !unknown.includes(kind);
}

/** The first finding is how the source differs from what its migrations make; then its rows come. */
async function fillFrom(journey: Rehearse, { source, place }: Scene, stage: Stage): Promise<RealData> {
  const { live, name } = source;
  const command = commandOf(journey);
  const made = (await takeSnapshot(stage.session)).filter((line) => !isAbout(line, isOurs));
  const isCompared = comparedBetween(source, place);
  const drift = compareSnapshots(made.filter(isCompared), live.schema.filter(isCompared));
  const startedAt = performance.now();
  const { seed, samplePercent: percent, mask = [] } = journey;
  const sample = percent === undefined ? undefined : { percent, seed: seed ?? 0 };
  const moved = await transferRows({
    source: live.settings,
    scratch: stage.scratch,
    isOurs: (one) => isOurs(one) || live.isOurs(one),
    mask,
    // Without a seed nobody can make the same values of a list of guesses.
    maskKey: seed === undefined ? randomBytes(32) : createHash('sha256').update(`lockstep mask ${seed}`).digest(),
    signal: journey.interruption,
    onRows: tellCopying(journey.emit, name),
    ...given({ sample }),
  });
  await source.forget();
  await stage.keepAsBase();
  return { source: name, command, ...moved, copyMs: performance.now() - startedAt, drift, ...given({ sample }) };
}

/** As it was typed; a seed that nobody named is that of the sample alone. */
function commandOf({ from = '', samplePercent, seed, mask = [], loadRows, workloadFile }: Rehearse): string {
  const words = [
    '--from',
    from,
    ...(samplePercent === undefined ? [] : ['--sample', `${samplePercent}%`]),
    ...(mask.length === 0 ? [] : ['--mask', mask.join(',')]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...(workloadFile !== undefined ? ['--workload', workloadFile] : loadRows !== undefined ? ['--load'] : []),
  ];
  return `npm run migrate:rehearse -- ${words.map(shellWord).join(' ')}`;
}
