import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { LockstepError, type Refusal, refuseAll } from '../model/lockstep-error.ts';
import { compareVersions, type Direction, type Migration, nextVersion, parseName, toTitle, wellNamed } from '../model/migration.ts';
import { mayUndo, type SqlPath } from './name-meanings.ts';
import { findOtherLayouts, flywaySettings } from './other-layouts.ts';
import { readRepeatables } from './read-repeatables.ts';
import { DOWN_FOLDER, MODULE_FOLDER, moveCommand, touchCommand, UP_FOLDER } from './write-migration.ts';

/** What the disk holds. Problems are values, so that status can show them beside everything else. */
export interface MigrationFolder {
  /** Ascending by version. */
  readonly migrations: readonly Migration[];
  /** By name. */
  readonly repeatables: readonly Migration[];
  readonly problems: readonly Refusal[];
}

type Slot = Direction | 'module';
type Found = { readonly slot: Slot; readonly file: string; readonly base: string };

const MODULE = /\.[cm]?[jt]s$/;
const DECLARATION = /\.d\.[cm]?ts$/;

async function list(root: string, folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new LockstepError({
      code: 'folder-unreadable',
      what: `The folder ${folder} cannot be read (${error.code})`,
      next: `ls -ld ${folder}`,
      cause: error,
    });
  });
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const filesIn = (entries: readonly Dirent[]): readonly string[] => entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);

const sqlFiles = (slot: Direction, folder: string, names: readonly string[]): readonly SqlPath[] =>
  names.filter((name) => /\.sql$/i.test(name)).map((name) => ({ slot, file: `${folder}/${name}`, base: name.replace(/\.sql$/, '') }));

/** The SQL files of both folders, and of the folders beside `rollbacks`, where they are not read. */
async function findSql(root: string, entries: readonly Dirent[]): Promise<readonly SqlPath[]> {
  const nested: SqlPath[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory() && entry.name !== path.posix.basename(DOWN_FOLDER))) {
    const files = sqlFiles('up', `${UP_FOLDER}/${name}`, filesIn(await list(root, `${UP_FOLDER}/${name}`)));
    nested.push(...files.map((file) => ({ ...file, folder: name })));
  }
  return [
    ...sqlFiles('up', UP_FOLDER, filesIn(entries)),
    ...sqlFiles('down', DOWN_FOLDER, filesIn(await list(root, DOWN_FOLDER))),
    ...nested,
  ];
}

async function findModules(root: string): Promise<readonly Found[]> {
  return filesIn(await list(root, MODULE_FOLDER))
    .filter((file) => MODULE.test(file) && !DECLARATION.test(file))
    .map((file): Found => ({ slot: 'module', file: `${MODULE_FOLDER}/${file}`, base: file.replace(MODULE, '') }));
}

/** Reads the folders and pairs what belongs together. Opens no migration. */
export async function readMigrations(root: string): Promise<MigrationFolder> {
  const entries = await list(root, UP_FOLDER);
  const { rest, problems: layouts } = findOtherLayouts(root, await findSql(root, entries));
  const found: readonly Found[] = [...rest, ...(await findModules(root))];
  const named = found.filter(({ base }) => parseName(base) && base.length <= 255);
  const problems = found.filter((one) => !named.includes(one)).map((one) => badName(root, one, named));
  const again = await readRepeatables(root);
  const groups = new Map<string, Found[]>();
  for (const one of named) groups.set(one.base, [...(groups.get(one.base) ?? []), one]);
  const migrations = [...groups]
    .map(([name, files]) => toMigration(name, files))
    .sort((a, b) => compareVersions(a.version, b.version) || (a.name < b.name ? -1 : 1));
  return {
    migrations,
    repeatables: again.repeatables,
    problems: [
      ...again.problems,
      ...flywaySettings(root, filesIn(entries)),
      ...layouts,
      ...problems,
      ...sameVersions(migrations.filter(({ up, module }) => up || module)),
      ...migrations.flatMap((migration) => withoutForward(root, migration)),
      ...doubledModules(groups),
    ],
  };
}

/** Repeatable files behind them, in the order of their names. @throws LockstepError for everything that is in the way */
export async function readAllVerified(root: string): Promise<readonly Migration[]> {
  const { migrations, repeatables, problems } = await readMigrations(root);
  refuseAll(problems);
  return [...migrations, ...repeatables];
}

/** @throws LockstepError for everything that is in the way */
export async function readVerifiedMigrations(root: string): Promise<readonly Migration[]> {
  const { migrations, problems } = await readMigrations(root);
  refuseAll(problems);
  return migrations;
}

function toMigration(name: string, files: readonly Found[]): Migration {
  const at = (slot: Slot): string | undefined => files.find((file) => file.slot === slot)?.file;
  const [up, down, module] = [at('up'), at('down'), at('module')];
  return { version: parseName(name)?.version ?? '', name, ...(up && { up }), ...(down && { down }), ...(module && { module }) };
}

function badName(root: string, one: Found, named: readonly Found[]): Refusal {
  const { file, slot, base } = one;
  const extension = path.posix.extname(file).toLowerCase();
  const move = (to: Slot, folder: string): string =>
    moveCommand(root, file, `${folder}/${properName({ ...one, slot: to }, named)}${extension}`);
  const stay = move(slot, path.posix.dirname(file));
  return {
    code: 'bad-name',
    what: `${file} is not named NNN_description${extension}: digits, an underscore, then letters, digits, _ or -`,
    where: { file },
    next: slot === 'up' && mayUndo(base) ? `${move('down', DOWN_FOLDER)}   if it undoes a migration; if not: ${stay}` : stay,
    exitCode: 2,
  };
}

/** The name that a badly named file was probably meant to have, and that no other file has. */
function properName({ slot, base }: Found, named: readonly Found[]): string {
  const bare = base.replace(/\.sql$/i, '');
  const title = toTitle(bare.replace(/^\d+/, '')) || 'describe_me';
  const next = `${nextVersion(named.map((one) => parseName(one.base)?.version ?? ''))}_${title}`;
  const otherHalf = named.find((one) => one.slot !== slot && parseName(one.base)?.title === title);
  const wanted = wellNamed(bare) ?? otherHalf?.base ?? next;
  return named.some((one) => one.slot === slot && one.base === wanted) ? next : wanted;
}

function sameVersions(migrations: readonly Migration[]): readonly Refusal[] {
  return migrations.flatMap((migration, i): Refusal | readonly Refusal[] => {
    const before = migrations[i - 1];
    if (!before || compareVersions(before.version, migration.version) !== 0) return [];
    const [first, second] = [before, migration].map(({ up, module, down, name }) => up ?? module ?? down ?? name);
    return {
      code: 'same-version',
      what: `Two migrations have version ${migration.version}: ${first} and ${second}`,
      where: { file: second ?? migration.name },
      next: `npm run migrate:make -- --renumber ${migration.name}   gives it the next number (name the other one if this one is applied)`,
      exitCode: 2,
    };
  });
}

function withoutForward(root: string, { up, down, module }: Migration): Refusal | readonly Refusal[] {
  if (up || module || !down) return [];
  const forward = down.replace(DOWN_FOLDER, UP_FOLDER);
  return {
    code: 'rollback-without-sql',
    what: `${down} rolls back a migration that does not exist`,
    where: { file: down },
    next: `${touchCommand(root, [forward])}   and write the forward SQL; where it was deleted: git checkout HEAD -- ${forward}`,
    exitCode: 2,
  };
}

function doubledModules(groups: ReadonlyMap<string, readonly Found[]>): readonly Refusal[] {
  return [...groups.values()].flatMap((files): Refusal | readonly Refusal[] => {
    const [first, second] = files.filter(({ slot }) => slot === 'module');
    if (!first || !second) return [];
    return {
      code: 'same-module',
      what: `${first.file} and ${second.file} are modules of one migration`,
      where: { file: second.file },
      next: `rm ${second.file}   or the other one`,
      exitCode: 2,
    };
  });
}
