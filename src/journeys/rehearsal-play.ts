import { chosenEnvironment } from '../environment/read-environment.ts';
import { environmentNamed } from '../model/environment.ts';
import { given } from '../model/given.ts';
import { listed } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { Proof, RealData, Rehearsal } from '../model/rehearsal.ts';
import type { Picture } from '../rehearse/judge.ts';
import { proveChain } from './prove-chain.ts';
import { proveMigration } from './prove-migration.ts';
import type { Act } from './prove-rollback.ts';
import { type Ran, Stage } from './rehearsal-stage.ts';
import type { Rehearse } from './rehearsal-wish.ts';
import type { Measure } from './rehearse-load.ts';
import type { ScratchPlace } from './scratch-place.ts';

/** So many migrations are applied again at most where a rollback leaves the stage in disorder. */
const KEEP_EVERY = 20;

interface Play {
  readonly place: ScratchPlace;
  readonly migrations: readonly Migration[];
  readonly names: ReadonlySet<string>;
  readonly copy?: Copy;
  readonly measure: Measure;
}

/** Real rows instead of such that are made. */
export interface Copy {
  /** How many of the migrations lie below the rows. */
  readonly applied: number;
  readonly hasRepeatables: boolean;
  /** Expects the schema to be there. */
  readonly fill: (stage: Stage) => Promise<RealData>;
}

type Played = Omit<Rehearsal, 'place' | 'durationMs'>;

/** Goes through the migrations from the first that is wanted, on one stage. */
export async function play(journey: Rehearse, { place, migrations, names, copy, measure }: Play): Promise<Played> {
  const { project, emit, goesOn = false } = journey;
  const mayLackRollback = environmentNamed(project, chosenEnvironment(journey)?.name ?? 'development').policy.rollbacks === 'optional';
  const stage = new Stage(place, journey);
  try {
    await stage.begin();
    const { rows } = await stage.session.query<{ version: string }>("SELECT pg_catalog.current_setting('server_version') AS version");
    const serverVersion = rows[0]?.version ?? '';
    const first = copy?.applied ?? migrations.findIndex(({ name }) => names.has(name));
    const [before, rest] = [migrations.slice(0, first), migrations.slice(first)];
    const base = before.at(-1);
    const { notes, ...below } = base ? await build(stage, base.name, copy?.hasRepeatables === true) : { notes: [] };
    if (below.failure) return cannotBegin(serverVersion, copy ? rest : migrations, below.failure.what);
    const data = await copy?.fill(stage);
    const { proofs: shown, skipped } = await actAll({ stage, root: project.root, mayLackRollback, base, rest, names, emit, goesOn });
    const chain = skipped.length === 0 ? await proveChain(stage, { root: project.root, migrations, proofs: shown }) : undefined;
    const measured = await measure({ stage, migrations, proofs: shown });
    return {
      serverVersion,
      ...measured,
      before: before.map(({ name }) => name),
      skipped,
      notes: [...notes, ...measured.notes],
      ...given({ chain, data }),
    };
  } finally {
    await stage.end();
  }
}

/** What lies below. A repeatable file may need what is only about to come: then they are left out. */
async function build(stage: Stage, to: string, withRepeatables: boolean): Promise<Partial<Ran> & { readonly notes: readonly string[] }> {
  const built = await stage.run('up', { to, withRepeatables });
  if (!built.failure || !withRepeatables) return { ...built, notes: [] };
  await stage.begin();
  const notes = [`repeatable files are left out, as they do not run on what is applied: ${built.failure.what}`];
  return { ...(await stage.run('up', { to })), notes };
}

interface Acts extends Omit<Act, 'migration' | 'below' | 'known'>, Pick<Play, 'names'>, Pick<Rehearse, 'emit' | 'goesOn'> {
  readonly base: Migration | undefined;
  readonly rest: readonly Migration[];
}

async function actAll({
  base,
  rest,
  names,
  emit,
  ...act
}: Acts): Promise<{ readonly proofs: readonly Proof[]; readonly skipped: Skipped }> {
  const proofs: Proof[] = [];
  const skipped: Skipped = [];
  const missing: string[] = [];
  let acted: OneActed = {};
  for (const [i, migration] of rest.entries()) {
    emit({ type: 'rehearsing', name: migration.name, number: i + 1, total: rest.length });
    if (i % KEEP_EVERY === KEEP_EVERY - 1) await act.stage.keep();
    const below = (rest[i - 1] ?? base)?.name;
    const wanted = names.has(migration.name);
    const out = act.goesOn ? missing : undefined;
    acted = wanted
      ? await actOne({ ...act, migration, below, known: acted.known }, { proofs, skipped, out })
      : await goPast(act.stage, migration);
    const { why } = acted;
    if (why === undefined) continue;
    skipped.push(...rest.slice(i + 1).flatMap(({ name }) => (names.has(name) ? [{ name, why }] : [])));
    break;
  }
  return { proofs, skipped };
}

type Skipped = { readonly name: string; readonly why: string }[];

interface OneActed {
  /** Why nothing above it can be rehearsed; absent where the stage is ready for the next one. */
  readonly why?: string;
  readonly known?: Picture;
}

interface Acted {
  readonly proofs: Proof[];
  readonly skipped: Skipped;
  /** Those that do not apply, where those above them are rehearsed all the same. */
  readonly out: string[] | undefined;
}

async function actOne(act: Act, { proofs, skipped, out }: Acted): Promise<OneActed> {
  const { name } = act.migration;
  const { proof, isApplied, lacks, known } = await proveMigration(act);
  if (lacks !== undefined) skipped.push({ name, why: `the scratch server has no extension ${lacks}` });
  // What a missing one below it is to blame for, is no finding of its own.
  else if (!isApplied && out?.length) skipped.push({ name, why: `${proof.findings[0]?.what} (without ${listed(out, 3)})` });
  else proofs.push(proof);
  if (isApplied) return given({ known });
  if (lacks === undefined && !out) return { why: `${name} below it does not apply` };
  out?.push(name);
  await act.stage.leaveOut(name, act.below);
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
