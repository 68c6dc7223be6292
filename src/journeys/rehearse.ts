import { chosenEnvironment } from '../environment/read-environment.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import { environmentNamed } from '../model/environment.ts';
import { given } from '../model/given.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { type Migration, versionNumber } from '../model/migration.ts';
import type { Proof, ProofFinding, Rehearsal } from '../model/rehearsal.ts';
import { compare, type Picture } from '../rehearse/judge.ts';
import { keepProofs, keysOf, readProved } from '../rehearse/records.ts';
import { type Act, findingOf, proveMigration } from './prove-migration.ts';
import { Stage } from './rehearsal-stage.ts';
import { type LoadWish, rehearseLoad } from './rehearse-load.ts';
import { type ScratchPlace, withScratchPlace } from './scratch-place.ts';

export interface Rehearse extends Journey {
  /** Also what is proved already, and the whole way down and up again. */
  readonly all?: boolean;
  /** Only these versions, or names. */
  readonly only?: readonly string[];
  /** Major of PostgreSQL that is wanted. */
  readonly major?: number;
  /** Also under load: so many rows in each table that a migration touches. */
  readonly loadRows?: number;
}

const DEV_MAJOR = 18;
/** So many migrations are applied again at most where a rollback leaves the stage in disorder. */
const KEEP_EVERY = 20;

/** Proves on a scratch server that each migration applies, and that its rollback brings back what was there. Touches no database of anybody's. */
export async function rehearse(journey: Rehearse): Promise<Rehearsal> {
  const startedAt = performance.now();
  const { root } = journey.project;
  const migrations = await readVerifiedMigrations(root);
  const wanted = (major: number): Wanted => choose(journey, migrations, major);
  const nothing = wanted(journey.major ?? DEV_MAJOR);
  if (nothing.names.size === 0)
    return { ...NOTHING, before: migrations.map(({ name }) => name), durationMs: performance.now() - startedAt };
  return withScratchPlace(journey, journey.major, async (place) => {
    const { names, keys } = wanted(place.major);
    const acts = await actAll(journey, { place, migrations, names });
    const proofs = await underLoad(journey, { place, migrations, proofs: acts.proofs });
    keepProofs(root, proofs, { keys, major: place.major });
    return { ...acts, proofs, place: place.name, durationMs: performance.now() - startedAt };
  });
}

/** Those that hold so far are measured too where that is wanted, against what production allows unless an environment is named. */
async function underLoad(
  journey: Rehearse,
  { place, migrations, proofs }: Omit<LoadWish, 'rows' | 'maxStallMs'>,
): Promise<readonly Proof[]> {
  const { project, loadRows: rows } = journey;
  if (rows === undefined) return proofs;
  const { maxStallMs } = environmentNamed(project, chosenEnvironment(journey)?.name ?? 'production').policy;
  const holding = proofs.filter(({ findings }) => findings.length === 0);
  const measured = await rehearseLoad(journey, { place, migrations, proofs: holding, rows, maxStallMs });
  return proofs.map((proof) => measured.find(({ name }) => name === proof.name) ?? proof);
}

const NOTHING = { serverVersion: '', place: '', proofs: [], skipped: [], notes: [] } as const;

interface Wanted {
  readonly names: ReadonlySet<string>;
  readonly keys: ReadonlyMap<string, string>;
}

/** What was asked for, else what no kept proof stands for. @throws LockstepError for a version that is not there */
function choose({ project, all, only = [] }: Rehearse, migrations: readonly Migration[], major: number): Wanted {
  const keys = keysOf(project.root, migrations, major);
  const proved = all || only.length > 0 ? new Set<string>() : readProved(project.root, keys);
  const named = only.map((word) => findNamed(migrations, word).name);
  const names = migrations.map(({ name }) => name).filter((name) => (named.length > 0 ? named.includes(name) : !proved.has(name)));
  return { names: new Set(names), keys };
}

function findNamed(migrations: readonly Migration[], word: string): Migration {
  const found = migrations.find(
    ({ name, version }) => name === word || (/^\d+$/.test(word) && versionNumber(version) === versionNumber(word)),
  );
  if (found) return found;
  throw new LockstepError({
    code: 'unknown-version',
    what: `There is no migration with version ${word}; the highest is ${migrations.at(-1)?.version ?? 'none'}`,
    next: 'npm run migrate:status   lists the versions',
  });
}

interface Play {
  readonly place: ScratchPlace;
  readonly migrations: readonly Migration[];
  readonly names: ReadonlySet<string>;
}

type Played = Omit<Rehearsal, 'place' | 'durationMs'>;

async function actAll(journey: Rehearse, { place, migrations, names }: Play): Promise<Played> {
  const { project, emit } = journey;
  const mayLackRollback = environmentNamed(project, chosenEnvironment(journey)?.name ?? 'development').policy.rollbacks === 'optional';
  const stage = new Stage(place, journey);
  const first = migrations.findIndex(({ name }) => names.has(name));
  const proofs: Proof[] = [];
  const skipped: Skipped = [];
  let known: Picture | undefined;
  try {
    await stage.begin();
    const [{ version } = { version: '' }] = (
      await stage.session.query<{ version: string }>("SELECT pg_catalog.current_setting('server_version') AS version")
    ).rows;
    const base = migrations[first - 1];
    const below = base && (await stage.run('up', { to: base.name }));
    if (below?.failure) return cannotBegin(version, migrations, below.failure.what);
    for (const [i, migration] of migrations.slice(first).entries()) {
      emit({ type: 'rehearsing', name: migration.name, number: i + 1, total: migrations.length - first });
      if (i % KEEP_EVERY === KEEP_EVERY - 1) await stage.keep();
      const act = { root: project.root, stage, migration, below: migrations[first + i - 1]?.name, mayLackRollback, known };
      known = undefined;
      const acted = names.has(migration.name) ? await actOne(act, proofs, skipped) : await goPast(stage, migration);
      known = acted.known;
      const { why } = acted;
      if (why === undefined) continue;
      const rest = migrations.slice(first + i + 1).filter(({ name }) => names.has(name));
      skipped.push(...rest.map(({ name }) => ({ name, why })));
      break;
    }
    const isWhole = skipped.length === 0 && proofs.length === migrations.length;
    const chain = isWhole ? await wholeWay(stage, proofs) : undefined;
    const before = migrations.slice(0, first).map(({ name }) => name);
    return { serverVersion: version, proofs, before, skipped, notes: [], ...(chain && { chain }) };
  } finally {
    await stage.end();
  }
}

type Skipped = { readonly name: string; readonly why: string }[];

interface OneActed {
  /** Why nothing above it can be rehearsed; absent where the stage is ready for the next one. */
  readonly why?: string;
  readonly known?: Picture;
}

async function actOne(act: Act, proofs: Proof[], skipped: Skipped): Promise<OneActed> {
  const { name } = act.migration;
  const { proof, isApplied, lacks, known } = await proveMigration(act);
  if (lacks === undefined) {
    proofs.push(proof);
    return isApplied ? given({ known }) : { why: `${name} below it does not apply` };
  }
  skipped.push({ name, why: `the scratch server has no extension ${lacks}` });
  await act.stage.mark(name);
  return {};
}

async function goPast(stage: Stage, { name }: Migration): Promise<OneActed> {
  const { failure } = await stage.run('up', { to: name });
  return failure ? { why: `${name} below it does not apply` } : {};
}

const cannotBegin = (serverVersion: string, migrations: readonly Migration[], what: string): Played => ({
  serverVersion,
  proofs: [],
  before: [],
  skipped: migrations.map(({ name }) => ({ name, why: `what lies below does not apply: ${what}` })),
  notes: [],
});

/** Down to empty and up again, rollback upon rollback: what only the chain shows. */
async function wholeWay(stage: Stage, proofs: readonly Proof[]): Promise<readonly ProofFinding[] | undefined> {
  if (proofs.some(({ irreversible, findings }) => irreversible !== undefined || findings.length > 0)) return undefined;
  await stage.begin();
  const empty = await stage.picture();
  const up = await stage.run('up');
  const top = await stage.picture();
  const down = await stage.run('down', { to: '0' });
  const failure = up.failure ?? down.failure;
  if (failure) return [findingOf('rollback-failed', failure)];
  const next = 'correct the rollback that leaves it behind, or does not bring it back';
  const left = compare(empty, await stage.picture()).schema;
  if (left.length > 0) return [{ code: 'rollback-differs', what: 'after all rollbacks the schema is not empty again', lines: left, next }];
  const again = await stage.run('up');
  if (again.failure)
    return [findingOf('again-failed', { ...again.failure, what: `applied again after all rollbacks, ${again.failure.what}` })];
  const other = compare(top, await stage.picture()).schema;
  return other.length > 0
    ? [{ code: 'again-differs', what: 'applied again after all rollbacks, the schema is another one', lines: other, next }]
    : [];
}
