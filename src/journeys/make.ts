import { chosenEnvironment } from '../environment/read-environment.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { filesOf, renameMigration, writeMigration, writeModule, writeRepeatable } from '../files/write-migration.ts';
import { ROLLBACK_COMMAND } from '../model/command.ts';
import { given } from '../model/given.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { compareVersions, type Migration, nextVersion, toTitle, versionNumber } from '../model/migration.ts';
import { isDatabaseMissing } from '../pg/connection-failure.ts';
import { withReader } from '../target/with-reader.ts';
import { mayCreate } from '../target/with-run.ts';
import { draftRollback } from './draft-rollback.ts';
import { makeFromDatabase } from './make-from-database.ts';
import { writeRecipe } from './recipe.ts';

/** Writes the three files of a new migration. @returns their paths */
async function make(root: string, words: string): Promise<readonly string[]> {
  const title = titleOf(words);
  const { migrations } = await readMigrations(root);
  const next = nextVersion(migrations.map(({ version }) => version));
  return writeMigration(root, `${next}_${title}`, title.replace(/_+/g, ' '));
}

function titleOf(words: string): string {
  const title = toTitle(
    words
      .trim()
      .replace(/\.sql$/i, '')
      .replace(/^\d+_(?=.)/, ''),
  );
  if (title) return title;
  throw new LockstepError({
    code: 'bad-name',
    what: `"${words}" gives no name for a migration`,
    next: 'npm run migrate:make -- add_new_table',
  });
}

async function makeModule(root: string, version: string): Promise<readonly string[]> {
  const { name, module, up } = await findMigration(root, version, 'module');
  if (module)
    throw new LockstepError({
      code: 'file-exists',
      what: `${name} has a module: ${module}`,
      where: { file: module },
      next: `open ${module}`,
    });
  if (!up)
    throw new LockstepError({ code: 'module-without-sql', what: `${name} has no forward SQL to wrap`, next: `touch ${filesOf(name).up}` });
  return [await writeModule(root, name)];
}

async function findMigration(root: string, version: string, option: 'module' | 'renumber'): Promise<Migration> {
  const { migrations } = await readMigrations(root);
  const found = migrations.filter(
    (migration) => migration.name === version || (/^\d+$/.test(version) && versionNumber(migration.version) === versionNumber(version)),
  );
  const [first, second] = found;
  if (first && !second) return first;
  const what = first
    ? `Version ${version} is used twice: ${found.map(({ name }) => name).join(', ')}`
    : `There is no migration with version ${version}`;
  throw new LockstepError({
    code: 'unknown-version',
    what,
    next: second ? `npm run migrate:make -- --${option} ${second.name}   or the other name` : 'npm run migrate:status   lists the versions',
  });
}

/** Moves the files of a migration that was never applied to the next number. @returns pairs of old and new paths */
async function renumber(journey: Journey, version: string): Promise<readonly (readonly [string, string])[]> {
  const { root } = journey.project;
  const migration = await findMigration(root, version, 'renumber');
  const { migrations } = await readMigrations(root);
  const others = migrations.filter(({ name }) => name !== migration.name);
  await verifyNeverApplied(journey, migration, others);
  const next = nextVersion(others.map((other) => other.version));
  return renameMigration(root, migration, `${next}${migration.name.slice(migration.version.length)}`);
}

async function verifyNeverApplied(journey: Journey, { name, version }: Migration, others: readonly Migration[]): Promise<void> {
  const look = withReader(journey, async ({ applied, target }) => ({ history: applied, database: target.database }));
  const { history, database } = await look.catch((error: unknown) => {
    // Where a run would make the database, nothing is applied yet.
    if (!mayCreate(journey.project, chosenEnvironment(journey)?.name) || !isDatabaseMissing((error as Error).cause)) throw error;
    return { history: [], database: '' };
  });
  const row = history.find((applied) => applied.name === name);
  if (!row) return;
  const namesake = others.find(
    (other) => compareVersions(other.version, version) === 0 && !history.some(({ name: it }) => it === other.name),
  );
  const renumberAgain = `npm run migrate:make -- --renumber ${(namesake ?? row).name}`;
  throw new LockstepError({
    code: 'already-applied',
    what: `${name} is applied to ${database}; its number is part of history there`,
    next: namesake
      ? renumberAgain
      : row === history.at(-1)
        ? `${ROLLBACK_COMMAND} && ${renumberAgain}`
        : 'npm run migrate:make -- describe_the_change   writes a new one instead',
    exitCode: 3,
  });
}

export interface MakeWish {
  readonly name?: string;
  readonly repeatable?: string;
  readonly module?: string;
  readonly renumber?: string;
  /** The version to draft a rollback for. */
  readonly rollback?: string;
  /** The name of a recipe; empty for the list of them. */
  readonly recipe?: string;
  /** Of a recipe: what it is about. */
  readonly words?: readonly string[];
  readonly fill?: string;
  readonly fromDatabase?: boolean;
}

/** Does what `migrate:make` was asked for. @returns lines to print: the files that are there now */
export async function makeFiles(
  journey: Journey,
  { name, module, repeatable, renumber: version, rollback, recipe, words = [], fill, fromDatabase }: MakeWish,
): Promise<readonly string[]> {
  const { root } = journey.project;
  if (recipe !== undefined) return writeRecipe(journey, { recipe, words, ...given({ fill }) });
  if (fromDatabase) return makeFromDatabase(journey, titleOf(name ?? 'init'));
  if (rollback) return draftRollback(journey, rollback);
  if (module) return makeModule(root, module);
  if (repeatable) return [await writeRepeatable(root, toTitle(repeatable.replace(/\.sql$/i, '')) || 'describe_me')];
  if (version) return (await renumber(journey, version)).map(([from, to]) => `${from} -> ${to}`);
  if (name) return make(root, name);
  throw new LockstepError({
    code: 'usage',
    what: 'migrate:make needs the name of the new migration',
    next: 'npm run migrate:make -- add_new_table',
  });
}
