import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { shellWord } from '../model/command.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';

/** The template that stock `knex migrate:make` uses too. */
export const STUB_FILE = path.join(import.meta.dirname, 'migration.stub');

/** The two lines that wrap an SQL pair as a Knex migration. */
const MODULE_TEXT = readFileSync(STUB_FILE, 'utf8');

/** The same where modules are CommonJS. */
const [, SOURCE = ''] = /from '([^']+)'/.exec(MODULE_TEXT) ?? [];
const COMMONJS_TEXT = `const { sqlMigration } = require('${SOURCE}');\n\nmodule.exports = sqlMigration(__filename);\n`;

const squeeze = (text: string): string =>
  text
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/["`]/g, "'")
    .replace(/[\s;]+/g, '');

// A project may call the package what it likes.
const anySource = (text: string): string => squeeze(text).replace(/from'[^']+'|require\('[^']+'\)/, '');
const PLAIN = [MODULE_TEXT, COMMONJS_TEXT].map(anySource);

/** Whether a module only wraps its SQL, so that it need not be imported to run. Formatting and comments do not count. */
export function isPlainModule(text: string): boolean {
  return PLAIN.includes(anySource(text));
}

/** Where things are in a project; relative to its root, with forward slashes. */
export const UP_FOLDER = 'db/migrations';
export const DOWN_FOLDER = 'db/migrations/rollbacks';
export const MODULE_FOLDER = 'migrations';
export const SEED_FOLDER = 'seeds';
export const REPEATABLE_FOLDER = 'db/repeatable';

export const filesOf = (name: string) => ({
  up: `${UP_FOLDER}/${name}.sql`,
  down: `${DOWN_FOLDER}/${name}.sql`,
  module: `${MODULE_FOLDER}/${name}.ts`,
});

const forwardText = (name: string, title: string, date: string): string =>
  `-- Migration: ${name}\n-- Created at: ${date}\n-- Description: ${title}\n\nBEGIN;\n\n-- Write the change here.\n\nCOMMIT;\n`;

const rollbackText = (name: string): string => `-- Rollback for: ${name}\n\nBEGIN;\n\n-- Undo it here.\n\nCOMMIT;\n`;

/** Writes a new file; never over an existing one. */
async function writeNew(root: string, file: string, text: string): Promise<string> {
  const absolute = path.join(root, file);
  const write = async (): Promise<void> => {
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeFile(absolute, text, { flag: 'wx' });
  };
  await write().catch((cause: NodeJS.ErrnoException) => {
    throw refusedFile(file, cause);
  });
  return file;
}

function refusedFile(file: string, cause: NodeJS.ErrnoException): LockstepError {
  // The folder above it may be a file.
  const exists = cause.code === 'EEXIST' && cause.syscall === 'open';
  return new LockstepError({
    code: exists ? 'file-exists' : 'file-unwritable',
    what: exists ? `${file} exists already` : `${file} cannot be written (${cause.code}); nothing was changed`,
    where: { file },
    next: exists ? `open ${file}, or choose another name` : `ls -ld ${path.posix.dirname(file)}`,
    cause,
  });
}

/** Writes forward SQL, rollback SQL and module. Returns their paths. */
export async function writeMigration(root: string, name: string, description: string): Promise<readonly string[]> {
  const { up, down } = filesOf(name);
  const date = new Date().toISOString().slice(0, 10);
  return [
    await writeNew(root, up, forwardText(name, description, date)),
    await writeNew(root, down, rollbackText(name)),
    ...(await writeModuleWhereWanted(root, name)),
  ];
}

/** A migration whose SQL is written already. */
export interface MigrationTexts {
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

/** Writes all of them, or none: forward SQL, rollback SQL, and modules where the project has them. Returns their paths. */
export async function writeMigrationTexts(root: string, all: readonly MigrationTexts[]): Promise<readonly string[]> {
  const hasModules = wantsModules(root);
  const written: string[] = [];
  try {
    for (const { name, up, down } of all) {
      const files = filesOf(name);
      written.push(await writeNew(root, files.up, up));
      written.push(await writeNew(root, files.down, down));
      if (hasModules) written.push(await writeModule(root, name));
    }
  } catch (error) {
    for (const file of written) await rm(path.join(root, file), { force: true });
    throw error;
  }
  return written;
}

/** Writes a file that is edited in place. Returns its path. */
export const writeRepeatable = (root: string, name: string): Promise<string> =>
  writeNew(
    root,
    `${REPEATABLE_FOLDER}/${name}.sql`,
    `-- Description: ${name.replace(/_+/g, ' ')}\n-- Runs again whenever this text changes: CREATE OR REPLACE, or DROP ... IF EXISTS first.\n\n`,
  );

/** Writes a rollback that somebody has yet to read. Returns its path. */
export const writeRollback = (root: string, name: string, text: string): Promise<string> => writeNew(root, filesOf(name).down, text);

/** In the language of the knexfile, which whoever imports it can read; CommonJS is JavaScript, since its TypeScript knows no `import.meta`. */
export function writeModule(root: string, name: string): Promise<string> {
  const { module } = filesOf(name);
  const packageFile = path.join(root, 'package.json');
  if (!existsSync(packageFile)) return writeNew(root, module, MODULE_TEXT);
  const { type } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly type?: string };
  const isTypeScript = type === 'module' && ['ts', 'mts', 'cts'].some((end) => existsSync(path.join(root, `knexfile.${end}`)));
  const file = isTypeScript ? module : module.replace(/\.ts$/, '.js');
  return writeNew(root, file, type === 'module' ? MODULE_TEXT : COMMONJS_TEXT);
}

/** @returns its path, where the project has modules */
export const writeModuleWhereWanted = async (root: string, name: string): Promise<readonly string[]> =>
  wantsModules(root) ? [await writeModule(root, name)] : [];

/** Where all modules are somebody else's, a Knex that knows nothing of us runs them: it would stumble over ours. */
function wantsModules(root: string): boolean {
  const folder = path.join(root, MODULE_FOLDER);
  const modules = existsSync(folder) ? readdirSync(folder).filter((file) => /^\d.*\.[cm]?[jt]s$/.test(file)) : [];
  return modules.length === 0 || modules.some((file) => isPlainModule(readFileSync(path.join(folder, file), 'utf8')));
}

/** Moves a migration's files to another version, all of them. Returns pairs of old and new paths. */
export async function renameMigration(root: string, migration: Migration, name: string): Promise<readonly (readonly [string, string])[]> {
  const moves = [migration.up, migration.down, migration.module]
    .filter((file) => file !== undefined)
    .map((file) => [file, file.replace(migration.name, name)] as const);
  for (const [from, to] of moves) await rename(path.join(root, from), path.join(root, to));
  const module = migration.module?.replace(migration.name, name);
  if (module !== undefined) await renameInside(path.join(root, module), migration.name, name);
  return moves;
}

/** Code may read its own SQL, or say its own name. */
async function renameInside(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (text.includes(from)) await writeFile(file, text.replaceAll(from, to));
}

/** Writes the forward SQL of a migration that is applied somewhere; never over a file that is there. Returns its path. */
export const writeForward = (root: string, name: string, text: string): Promise<string> => writeNew(root, filesOf(name).up, text);

const inFolder = (root: string, folder: string, command: string): string =>
  existsSync(path.join(root, folder)) ? command : `mkdir -p ${folder} && ${command}`;

/** The command that makes empty files of one folder, and the folder where it is missing. */
export const touchCommand = (root: string, files: readonly string[]): string =>
  inFolder(root, path.posix.dirname(files[0] ?? '.'), `touch ${files.join(' ')}`);

/** The command that moves a file, and makes the folder where it is missing. */
export const moveCommand = (root: string, from: string, to: string): string =>
  inFolder(root, path.posix.dirname(to), `mv ${shellWord(from)} ${shellWord(to)}`);
