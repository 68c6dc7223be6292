import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readMigrations } from '../files/read-migrations.ts';
import { readSource } from '../files/read-source.ts';
import { DOWN_FOLDER, MODULE_FOLDER, UP_FOLDER } from '../files/write-migration.ts';
import { readAuthors } from '../import/authors.ts';
import type { Found } from '../import/foreign.ts';
import { movedModule } from '../import/moved-module.ts';
import { type Imported, planImport, readOrigin } from '../import/plan-import.ts';
import { readFolder } from '../import/read-folder.ts';
import { TOOLS, type Tool } from '../import/tools.ts';
import { isLockstepError, LockstepError, type Refusal, refuseAll, toRefusal } from '../model/lockstep-error.ts';
import { compareVersions } from '../model/migration.ts';
import { parseScript } from '../sql/script/parse-script.ts';

export interface ImportWish {
  /** The folder of the other tool, from the current folder. */
  readonly folder: string;
  /** The name of the tool; found by what the folder holds where it is absent. */
  readonly from?: string;
  readonly dryRun?: boolean;
}

/** What an import did, or would do. */
export interface ImportReport {
  readonly tool: string;
  /** As it was asked for. */
  readonly folder: string;
  readonly imported: readonly Imported[];
  readonly left: Found['left'];
  /** Modules of stock Knex, by their paths here. */
  readonly modules: readonly string[];
  /** Files that were written, and not there before as they are. */
  readonly written: readonly string[];
  /** Why what was written cannot be run as it is. */
  readonly problems: readonly Refusal[];
}

/**
 * Writes the migrations of another tool as pairs. Their SQL is kept byte for byte; never over a file that is there and differs.
 * @throws LockstepError where the tool is unknown, or a file or version is taken
 */
export async function importFolder(root: string, { folder, from, dryRun = false }: ImportWish): Promise<ImportReport> {
  if (folder === '' || holdsOurs(root, folder)) throw notNamed(folder);
  const place = path.resolve(folder);
  const files = readFolder(place);
  const tool = from === undefined ? TOOLS.find(({ isHere }) => isHere(files)) : toolNamed(from);
  if (!tool) throw nothingThere(folder);
  const { migrations, left, modules = [] } = tool.read(files);
  const shown = path.relative(root, place).replaceAll('\\', '/') || '.';
  if (shown === UP_FOLDER) throw inOurPlace(tool.name);
  const imported = planImport(migrations, { tool: tool.name, folder: shown, authors: readAuthors(place) });
  const all = new Map([...imported.flatMap((one) => Object.entries(one.files)), ...modules.map((file) => copyOf(root, place, file))]);
  const written = [...all].filter(([file, text]) => !isThere(root, file, text)).map(([file]) => file);
  refuseAll([...taken(root, written), ...(await sameVersions(root, imported))]);
  if (!dryRun) for (const file of written) write(root, file, all.get(file) ?? '');
  const kept = dryRun ? imported : imported.map((one) => ({ ...one, files: asWritten(root, one.files) }));
  const problems = dryRun ? [] : await findProblems(root, imported);
  return {
    tool: tool.name,
    folder: shown,
    imported: kept,
    left,
    modules: modules.map((file) => `${MODULE_FOLDER}/${file}`),
    written,
    problems,
  };
}

export function toolNamed(name: string): Tool {
  const tool = TOOLS.find((one) => one.name === name);
  if (tool) return tool;
  throw new LockstepError({
    code: 'unknown-tool',
    what: `"${name}" is no tool that can be imported from; there are ${TOOLS.map((one) => one.name).join(', ')}`,
    next: 'npm run migrate:import -- FOLDER   finds out which it is',
    exitCode: 2,
  });
}

/** The project itself, or a folder of its own pairs: what would be imported is here already. */
const holdsOurs = (root: string, folder: string): boolean =>
  [root, path.join(root, 'db'), path.join(root, DOWN_FOLDER)].includes(path.resolve(folder));

const notNamed = (folder: string): LockstepError =>
  new LockstepError({
    code: 'usage',
    what:
      folder === ''
        ? 'migrate:import needs the folder that the other tool reads'
        : `${folder} is no folder of another tool: the pairs of this project are in it`,
    next: 'npm run migrate:import -- old/migrations',
  });

/** Pairs are written there, under names that their files have. */
const inOurPlace = (tool: string): LockstepError =>
  new LockstepError({
    code: 'folder-taken',
    what: `${UP_FOLDER} is where the pairs are written, so the files of ${tool} need another folder; ${tool} can go on reading them there`,
    next: `${moveApart(tool)} && npm run migrate:import -- --from ${tool} ${apartFolder(tool)}`,
    exitCode: 2,
  });

const apartFolder = (tool: string): string => `db/${tool}`;
const moveApart = (tool: string): string => `mkdir ${apartFolder(tool)} && mv ${UP_FOLDER}/*.sql ${apartFolder(tool)}/`;

/** The commands that import a folder: files where pairs are written move away first. */
export const importCommands = ({ tool, folder }: { readonly tool: string; readonly folder: string }): readonly string[] =>
  folder === UP_FOLDER
    ? [moveApart(tool), `npx lockstep import --from ${tool} ${apartFolder(tool)}`]
    : [`npx lockstep import --from ${tool} ${folder}`];

const nothingThere = (folder: string): LockstepError =>
  new LockstepError({
    code: 'nothing-to-import',
    what: `${folder} holds no migrations that can be told`,
    next: 'npm run migrate:import -- FOLDER   with the folder that the other tool reads',
    exitCode: 2,
  });

const copyOf = (root: string, place: string, file: string): readonly [string, string] => [
  `${MODULE_FOLDER}/${path.posix.basename(file)}`,
  movedModule(readFileSync(path.join(place, file), 'utf8'), { from: place, to: path.join(root, MODULE_FOLDER) }),
];

/** As it would be written, or imported before and mended since. */
function isThere(root: string, file: string, text: string): boolean {
  if (!existsSync(path.join(root, file))) return false;
  const there = readFileSync(path.join(root, file), 'utf8');
  const [before, now] = [readOrigin(there), readOrigin(text)];
  return there === text || (now !== undefined && before?.tool === now.tool && before.key === now.key);
}

const asWritten = (root: string, files: Imported['files']): Imported['files'] =>
  Object.fromEntries(Object.keys(files).map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));

const taken = (root: string, files: readonly string[]): readonly LockstepError[] =>
  files
    .filter((file) => existsSync(path.join(root, file)))
    .map(
      (file) =>
        new LockstepError({
          code: 'file-exists',
          what: `${file} is there already, and is not what would be imported`,
          where: { file },
          next: `mv ${file} ${file}.old   and import again; or keep it, and move the original out of the folder that is read`,
          exitCode: 2,
        }),
    );

/** A number that is used here already would make two migrations of one version. */
async function sameVersions(root: string, imported: readonly Imported[]): Promise<readonly LockstepError[]> {
  const { migrations } = await readMigrations(root);
  return imported.flatMap(({ name }) => {
    const other = migrations.find((one) => one.name !== name && compareVersions(one.name, name) === 0);
    if (!other) return [];
    return new LockstepError({
      code: 'same-version',
      what: `${name} would have the version of ${other.name}, which is here already`,
      next: `npm run migrate:make -- --renumber ${other.name}   and import again`,
      exitCode: 2,
    });
  });
}

function write(root: string, file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text, { flag: 'wx' });
}

/** Everything that would be refused before a run. */
async function findProblems(root: string, imported: readonly Imported[]): Promise<readonly Refusal[]> {
  const problems: Refusal[] = [];
  for (const file of imported.flatMap(({ files }) => Object.keys(files)))
    await parseScript(readSource(root, file), { mayBeEmpty: true }).catch((error: unknown) => {
      if (!isLockstepError(error)) throw error;
      problems.push(toRefusal(error));
    });
  return problems;
}
