import { draftText, isExact } from '../draft/draft-text.ts';
import { textDraft } from '../draft/text-draft.ts';
import { namedMigration } from '../files/named-migration.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import { readSource } from '../files/read-source.ts';
import { filesOf, writeRollback } from '../files/write-migration.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';
import type { Migration, SourceFile } from '../model/migration.ts';
import type { Failure } from '../model/outcome.ts';
import { withConnection } from '../pg/connect.ts';
import { createRoles } from '../pg/roles.ts';
import { draftOnStage, lookBelow } from './draft-on-stage.ts';
import { Stage } from './rehearsal-stage.ts';
import { type ScratchPlace, withScratchPlace } from './scratch-place.ts';

interface Written {
  readonly text: string;
  /** What the screen says of it. */
  readonly note: string;
}

/**
 * Writes the rollback of a migration as a draft; never over a file that is there.
 * @param roles that it needs on a scratch server
 * @returns its path
 */
export async function draftRollback(journey: Journey, word: string, roles: readonly string[] = []): Promise<readonly string[]> {
  const { root } = journey.project;
  const migrations = await readVerifiedMigrations(root);
  const migration = namedMigration(migrations, word);
  const { down, up, name, version } = migration;
  if (down !== undefined) throw alreadyThere(name, down);
  if (up === undefined) throw noSql(migration);
  const file = readSource(root, up);
  const below = migrations[migrations.indexOf(migration) - 1];
  const { text, note } = await withScratchPlace(journey, undefined, async (place) => {
    await withConnection(place.settings, (client) => createRoles(client, roles));
    return drafted(journey, { place, migration, below, file });
  }).catch((error: unknown) => {
    if (isLockstepError(error) && error.code === 'no-scratch-server') return fromText(migration, file);
    throw error;
  });
  const path = await writeRollback(root, name, text);
  journey.emit({ type: 'note', text: `${path}: ${note}`, next: `npm run migrate:rehearse -- ${version}   proves it` });
  return [path];
}

interface Wish {
  readonly place: ScratchPlace;
  readonly migration: Migration;
  readonly below: Migration | undefined;
  readonly file: SourceFile;
}

async function drafted(journey: Journey, { place, migration, below, file }: Wish): Promise<Written> {
  const stage = new Stage(place, journey);
  try {
    const before = await applyUpTo(stage, migration, below);
    const draft = await draftOnStage(stage, file, before);
    const { name, version } = migration;
    const from = `the schema before and after it on PostgreSQL ${place.major}, and run there`;
    const manual = draft.left.length + draft.differences.length + draft.unseen.length;
    const note = isExact(draft)
      ? 'a draft that brings back schema and rows on the scratch server'
      : `a draft; ${manual > 0 ? 'not all of it could be written: read its LOSSY and MANUAL lines' : 'it does not bring back everything: read what its header says'}`;
    return { text: draftText(draft, { name, version, from }), note: withDifferences(note, draft.differences) };
  } finally {
    await stage.end();
  }
}

const withDifferences = (note: string, lines: readonly string[]): string => [note, ...lines.map((line) => `  ${line}`)].join('\n');

/** To tables with rows; where those are in its way, to empty ones. */
async function applyUpTo(stage: Stage, { name }: Migration, below: Migration | undefined) {
  let failure: Failure | undefined;
  for (const withRows of [true, false]) {
    await stage.begin();
    const unreached = below && (await stage.run('up', { to: below.name })).failure;
    if (unreached) throw notApplied(below.name, unreached);
    if (withRows) await stage.fill();
    const before = await lookBelow(stage);
    failure = (await stage.run('up', { to: name })).failure;
    if (!failure) return before;
  }
  throw notApplied(name, failure);
}

function fromText({ name, version }: Migration, file: SourceFile): Promise<Written> {
  const from = 'the forward SQL alone, as there is no scratch server: nothing of it was run';
  return textDraft(file, { name, version, from }).then((text) => ({
    text,
    note: 'a draft from the text alone, as there is no scratch server (SCRATCH_URL=postgresql://… names one); nothing of it is proved',
  }));
}

const alreadyThere = (name: string, file: string): LockstepError =>
  new LockstepError({ code: 'file-exists', what: `${name} has a rollback: ${file}`, where: { file }, next: `open ${file}` });

const noSql = ({ name, module = '' }: Migration): LockstepError =>
  new LockstepError({
    code: 'module-without-sql',
    what: `${name} is code; a rollback is drafted from SQL`,
    where: { file: module },
    next: `write down() in ${module}, or the forward SQL into ${filesOf(name).up}`,
  });

function notApplied(name: string, failure: Failure | undefined): LockstepError {
  return new LockstepError({
    code: 'not-replayed',
    what: `${name} does not apply on the scratch server, so nothing says what its rollback has to bring back: ${failure?.what ?? ''}`,
    ...(failure?.where && { where: failure.where }),
    next: `npm run migrate:rehearse   and again when it holds`,
    exitCode: 1,
  });
}
