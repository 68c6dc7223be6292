import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Backend, readBackend } from '../files/backend.ts';
import type { PlannedHook } from '../files/git-hook.ts';
import { DOWN_FOLDER, MODULE_FOLDER, UP_FOLDER } from '../files/write-migration.ts';
import { readOrigin } from '../import/plan-import.ts';
import { readFolder } from '../import/read-folder.ts';
import { TOOLS } from '../import/tools.ts';
import type { Project } from '../model/environment.ts';
import type { Histories } from './find-histories.ts';
import { type CiService, ciFile, ignores, newKnexfile, type PlannedFile, packageJson, starter } from './init-files.ts';

export interface InitWish {
  /** A file for a CI service as well. */
  readonly ci?: CiService;
  /** The post-checkout hook of git. */
  readonly hook?: PlannedHook;
  /** A first migration, as the starter has it. */
  readonly template?: boolean;
}

export interface InitPlace extends Pick<Project, 'root' | 'stock'> {
  /** Somebody has said already where development connects to. */
  readonly hasDatabase: boolean;
  /** A knexfile below the root. */
  readonly elsewhere?: string;
}

export interface InitPlan {
  readonly files: readonly PlannedFile[];
  readonly manager: Backend['manager'];
  /** Migrations of another tool that were found: its name and their folder. */
  readonly found?: { readonly tool: string; readonly folder: string };
  /** The history of stock Knex, where its knexfile gives it a name of its own. */
  readonly table?: string;
  /** The knexfile that is there already, and does not know us. */
  readonly knexfile?: string;
  /** What a hook of somebody else lacks. */
  readonly hookThere?: PlannedHook;
  readonly addsPackages: boolean;
  readonly hasMigrations: boolean;
  /** Pairs of another tool are here already. */
  readonly hasImported: boolean;
}

const KNEXFILES = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((end) => `knexfile.${end}`);
/** Where other tools keep their migrations. */
const PLACES = [
  '.',
  'db/migrations',
  'migrations',
  'prisma/migrations',
  'drizzle',
  'db',
  'database/migrations',
  'sql',
  'src/main/resources/db/migration',
];

/** What `init` would write: nothing that is there already. Running it again finds nothing to do. */
export function planInit({ root, stock, hasDatabase, elsewhere }: InitPlace, wish: InitWish, histories?: Histories): InitPlan {
  const backend = readBackend(root);
  const knexfile = KNEXFILES.find((name) => existsSync(path.join(root, name)));
  const found = findOther(root, [...(stock?.directory ? [stock.directory] : []), ...PLACES]);
  const isFresh = (file: PlannedFile): boolean => file.adds !== undefined || !existsSync(path.join(root, file.file));
  const theirs = [...(found ? [found.tool] : []), ...(histories?.found.flatMap(({ tools }) => tools) ?? [])];
  const usesOurName = ['dbmate', 'golang-migrate', 'rails'].some((tool) => theirs.includes(tool));
  const packages = packageJson(backend, hasDatabase);
  const files = [
    ...(knexfile ? [] : [newKnexfile(backend, usesOurName, elsewhere)]),
    { file: `${DOWN_FOLDER}/.gitkeep`, text: '' },
    ...(packages ? [packages] : []),
    ...ignores(root),
    ...(wish.ci ? [ciFile(wish.ci, backend)] : []),
    ...(wish.template ? starter() : []),
    ...(wish.hook ? [{ ...wish.hook, isExecutable: true }] : []),
  ].filter(isFresh);
  return {
    files,
    manager: backend.manager,
    ...(found && { found }),
    ...(stock?.tableName && { table: stock.tableName }),
    ...(knexfile && !knowsUs(path.join(root, knexfile)) && { knexfile }),
    ...(wish.hook && isHookThere(root, wish.hook) && { hookThere: wish.hook }),
    addsPackages: packages?.adds?.includes('embedded') ?? false,
    hasMigrations: [UP_FOLDER, MODULE_FOLDER].some(
      (folder) => existsSync(path.join(root, folder)) && readdirSync(path.join(root, folder)).some((name) => /^\d/.test(name)),
    ),
    hasImported: existsSync(path.join(root, UP_FOLDER)) && hasImports(path.join(root, UP_FOLDER)),
  };
}

/** One that somebody else has written: ours is found by what it calls. */
function isHookThere(root: string, { file }: PlannedHook): boolean {
  const at = path.join(root, file);
  return existsSync(at) && !readFileSync(at, 'utf8').includes('lockstep');
}

/** Ours is not another tool's: pairs that it has written need no import. */
function findOther(root: string, places: readonly string[]): InitPlan['found'] {
  for (const folder of places.filter((place) => existsSync(path.join(root, place)))) {
    const { files } = readFolder(path.join(root, folder));
    // Of the project's own folder only what lies in it itself tells.
    const own = { root: path.join(root, folder), files: folder === '.' ? files.filter((file) => !file.includes('/')) : files };
    if (hasImports(own.root, own.files)) continue;
    const tool = TOOLS.find(({ name, isHere }) => name !== 'sql' && isHere(own));
    if (tool && !(tool.name === 'knex' && folder === '.')) return { tool: tool.name, folder };
  }
  return undefined;
}

const hasImports = (root: string, files = readFolder(root).files): boolean => files.some((file) => isImported(path.join(root, file)));
const isImported = (file: string): boolean => file.endsWith('.sql') && readOrigin(readFileSync(file, 'utf8')) !== undefined;

const knowsUs = (knexfile: string): boolean => readFileSync(knexfile, 'utf8').includes('defineProject');

/** Writes what was planned. */
export function writeInit(root: string, { files }: InitPlan): void {
  for (const { file, text, adds, isExecutable } of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text, {
      ...(adds === undefined && { flag: 'wx' }),
      ...(isExecutable && { mode: 0o755 }),
    });
  }
}
