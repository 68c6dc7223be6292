import { readMigrations } from '../files/read-migrations.ts';
import { filesOf, renameMigration, writeMigration, writeModule } from '../files/write-migration.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { type Migration, nextVersion, toTitle, versionNumber } from '../model/migration.ts';
import { connect } from '../pg/connect.ts';
import { readHistory } from '../pg/history.ts';
import { inspectTables } from '../pg/tables.ts';
import type { Journey } from './journey.ts';
import { openEnvironment } from './open-environment.ts';

/** Writes the three files of a new migration. @returns their paths */
async function make(root: string, words: string): Promise<readonly string[]> {
  const title = toTitle(
    words
      .trim()
      .replace(/\.sql$/i, '')
      .replace(/^\d+_(?=.)/, ''),
  );
  if (!title)
    throw new LockstepError({
      code: 'bad-name',
      what: `"${words}" gives no name for a migration`,
      next: 'npm run migrate:make -- add_new_table',
      exitCode: 2,
    });
  const { migrations } = await readMigrations(root);
  const name = `${nextVersion(
    migrations.map(({ version }) => version),
    new Date(),
  )}_${title}`;
  return writeMigration(root, name, title.replace(/_+/g, ' '));
}

/** Writes the module of a migration that has only its SQL. */
async function makeModule(root: string, version: string): Promise<readonly string[]> {
  const { name, module, up } = await findMigration(root, version);
  if (module)
    throw new LockstepError({
      code: 'file-exists',
      what: `${name} has a module: ${module}`,
      where: { file: module },
      next: `open ${module}`,
      exitCode: 2,
    });
  if (!up)
    throw new LockstepError({
      code: 'module-without-sql',
      what: `${name} has no forward SQL to wrap`,
      next: `touch ${filesOf(name).up}`,
      exitCode: 2,
    });
  return [await writeModule(root, name)];
}

async function findMigration(root: string, version: string): Promise<Migration> {
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
    next: first
      ? `name the one you mean: npm run migrate:make -- --renumber ${second?.name}`
      : 'npm run migrate:status   lists the versions',
    exitCode: 2,
  });
}

/** Moves the files of a migration that was never applied to the next number. @returns pairs of old and new paths */
async function renumber(journey: Journey, version: string): Promise<readonly (readonly [string, string])[]> {
  const { root } = journey.project;
  const migration = await findMigration(root, version);
  await verifyNeverApplied(journey, migration);
  const { migrations } = await readMigrations(root);
  const others = migrations.filter(({ name }) => name !== migration.name).map((other) => other.version);
  const name = `${nextVersion(others, new Date())}${migration.name.slice(migration.version.length)}`;
  return renameMigration(root, migration, name);
}

async function verifyNeverApplied(journey: Journey, { name }: Migration): Promise<void> {
  const { settings } = await openEnvironment(journey);
  const client = await connect(settings, 'lockstep make');
  try {
    const { history } = await inspectTables(client, settings.schema);
    const applied = history.length > 0 && (await readHistory(client, settings.schema)).some((row) => row.name === name);
    if (!applied) return;
  } finally {
    await client.end().catch(() => {});
  }
  throw new LockstepError({
    code: 'already-applied',
    what: `${name} is applied to ${settings.database}; its number is part of history there`,
    next: 'npm run migrate:rollback   first, or write a new migration',
    exitCode: 3,
  });
}

export interface MakeWish {
  readonly name?: string;
  readonly module?: string;
  readonly renumber?: string;
}

/** Does what `migrate:make` was asked for. @returns lines to print: the files that are there now */
export async function makeFiles(journey: Journey, { name, module, renumber: version }: MakeWish): Promise<readonly string[]> {
  const { root } = journey.project;
  if (module) return makeModule(root, module);
  if (version) return (await renumber(journey, version)).map(([from, to]) => `${from} -> ${to}`);
  if (name) return make(root, name);
  throw new LockstepError({
    code: 'usage',
    what: 'migrate:make needs the name of the new migration',
    next: 'npm run migrate:make -- add_new_table',
    exitCode: 2,
  });
}
