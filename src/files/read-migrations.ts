import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { shellWord } from '../model/command.ts';
import { LockstepError, type Refusal, refuseAll } from '../model/lockstep-error.ts';
import { compareVersions, type Migration, nextVersion, parseName, toTitle, wellNamed } from '../model/migration.ts';
import { DOWN_FOLDER, MODULE_FOLDER, touchCommand, UP_FOLDER } from './write-migration.ts';

/** What the disk holds. Problems are values, so that status can show them beside everything else. */
export interface MigrationFolder {
  /** Ascending by version. */
  readonly migrations: readonly Migration[];
  readonly problems: readonly Refusal[];
}

type Slot = 'up' | 'down' | 'module';
type Found = { readonly slot: Slot; readonly file: string; readonly base: string };

const MODULE = /\.[cm]?[jt]s$/;
const DECLARATION = /\.d\.[cm]?ts$/;

async function listFiles(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new LockstepError({
      code: 'folder-unreadable',
      what: `The folder ${folder} cannot be read (${error.code})`,
      next: `ls -ld ${folder}`,
      exitCode: 2,
      cause: error,
    });
  });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

async function findFiles(root: string): Promise<readonly Found[]> {
  const sql = async (slot: Slot, folder: string): Promise<readonly Found[]> =>
    (await listFiles(root, folder))
      .filter((file) => /\.sql$/i.test(file))
      .map((file) => ({ slot, file: `${folder}/${file}`, base: file.replace(/\.sql$/, '') }));
  const modules = (await listFiles(root, MODULE_FOLDER))
    .filter((file) => MODULE.test(file) && !DECLARATION.test(file))
    .map((file): Found => ({ slot: 'module', file: `${MODULE_FOLDER}/${file}`, base: file.replace(MODULE, '') }));
  return [...(await sql('up', UP_FOLDER)), ...(await sql('down', DOWN_FOLDER)), ...modules];
}

/** Reads the three folders and pairs what belongs together. Opens no file. */
export async function readMigrations(root: string): Promise<MigrationFolder> {
  const found = await findFiles(root);
  const named = found.filter(({ base }) => parseName(base) && base.length <= 255);
  const problems = found.filter((one) => !named.includes(one)).map((one) => badName(one, named));
  const groups = new Map<string, Found[]>();
  for (const one of named) groups.set(one.base, [...(groups.get(one.base) ?? []), one]);
  const migrations = [...groups]
    .map(([name, files]) => toMigration(name, files))
    .sort((a, b) => compareVersions(a.version, b.version) || (a.name < b.name ? -1 : 1));
  return {
    migrations,
    problems: [
      ...problems,
      ...sameVersions(migrations),
      ...migrations.flatMap((migration) => withoutForward(root, migration)),
      ...doubledModules(groups),
    ],
  };
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

function badName(one: Found, named: readonly Found[]): Refusal {
  const { file } = one;
  const extension = path.posix.extname(file).toLowerCase();
  const better = `${path.posix.dirname(file)}/${properName(one, named)}${extension}`;
  return {
    code: 'bad-name',
    what: `${file} is not named NNN_description${extension}: digits, an underscore, then letters, digits, _ or -`,
    where: { file },
    next: `mv ${shellWord(file)} ${shellWord(better)}`,
    exitCode: 2,
  };
}

/** The name that a badly named file was probably meant to have, and that no other file has. */
function properName({ slot, base }: Found, named: readonly Found[]): string {
  const bare = base.replace(/\.sql$/i, '');
  const title = toTitle(bare.replace(/^\d+/, '')) || 'describe_me';
  const next = `${nextVersion(
    named.map((one) => parseName(one.base)?.version ?? ''),
    new Date(),
  )}_${title}`;
  const otherHalf = named.find((one) => one.slot !== slot && parseName(one.base)?.title === title);
  const wanted = wellNamed(bare) ?? otherHalf?.base ?? next;
  return named.some((one) => one.slot === slot && one.base === wanted) ? next : wanted;
}

function sameVersions(migrations: readonly Migration[]): readonly Refusal[] {
  return migrations.flatMap((migration, i): readonly Refusal[] => {
    const before = migrations[i - 1];
    if (!before || compareVersions(before.version, migration.version) !== 0) return [];
    const [first, second] = [before, migration].map(({ up, module, down, name }) => up ?? module ?? down ?? name);
    return [
      {
        code: 'same-version',
        what: `Two migrations have version ${migration.version}: ${first} and ${second}`,
        where: { file: second ?? migration.name },
        next: `npm run migrate:make -- --renumber ${migration.name}   gives it the next number (name the other one if this one is applied)`,
        exitCode: 2,
      },
    ];
  });
}

function withoutForward(root: string, { up, down, module }: Migration): readonly Refusal[] {
  if (up || module || !down) return [];
  return [
    {
      code: 'rollback-without-sql',
      what: `${down} rolls back a migration that does not exist`,
      where: { file: down },
      next: `${touchCommand(root, [down.replace(DOWN_FOLDER, UP_FOLDER)])}   and write the forward SQL; where it was deleted: git checkout HEAD -- ${down.replace(DOWN_FOLDER, UP_FOLDER)}`,
      exitCode: 2,
    },
  ];
}

function doubledModules(groups: ReadonlyMap<string, readonly Found[]>): readonly Refusal[] {
  return [...groups.values()].flatMap((files): readonly Refusal[] => {
    const [first, second] = files.filter(({ slot }) => slot === 'module');
    if (!first || !second) return [];
    return [
      {
        code: 'same-module',
        what: `${first.file} and ${second.file} are modules of one migration`,
        where: { file: second.file },
        next: `rm ${second.file}   or the other one`,
        exitCode: 2,
      },
    ];
  });
}
