import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EMBEDDED_PACKAGE, EMBEDDED_VERSION } from '../dev-server/binaries.ts';
import { type Backend, type PackageJson, readBackend } from '../files/backend.ts';
import type { PlannedHook } from '../files/git-hook.ts';
import { ownPackage } from '../files/own-package.ts';
import { DOWN_FOLDER, UP_FOLDER } from '../files/write-migration.ts';
import { readOrigin } from '../import/plan-import.ts';
import { readFolder } from '../import/read-folder.ts';
import { TOOLS } from '../import/tools.ts';
import type { Project } from '../model/environment.ts';
import type { Histories } from './find-histories.ts';

export interface InitWish {
  /** A file for a CI service as well. */
  readonly ci?: 'github' | 'gitlab';
  /** The post-checkout hook of git. */
  readonly hook?: PlannedHook;
  /** A first migration, as the starter has it. */
  readonly template?: boolean;
}

export interface InitPlace extends Pick<Project, 'root' | 'stock'> {
  /** Somebody has said already where development connects to. */
  readonly hasDatabase: boolean;
}

/** A file to write, or to add to. */
export interface PlannedFile {
  readonly file: string;
  readonly text: string;
  /** A program. */
  readonly isExecutable?: boolean;
  /** What is added, in a few words; absent for a new file. */
  readonly adds?: string;
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
  /** Pairs of another tool are here already. */
  readonly hasImported: boolean;
}

const EMBEDDED = { [EMBEDDED_PACKAGE]: EMBEDDED_VERSION };

const COMMANDS: Readonly<Record<string, string>> = {
  'migrate:dev': 'up --env development',
  'migrate:staging': 'up --env staging',
  'migrate:prod': 'up --env production',
  'migrate:status': 'status',
  'migrate:rollback': 'rollback',
  'migrate:switch': 'switch --env development',
  'migrate:make': 'make',
  'migrate:lint': 'lint',
  'backfill:dry': 'backfill dry',
  'migrate:work': 'work',
  'migrate:pause': 'pause',
  'migrate:resume': 'resume',
  'migrate:rehearse': 'rehearse',
  'migrate:snapshot': 'snapshot',
  'migrate:import': 'import',
  'migrate:baseline': 'baseline',
  'migrate:repair': 'repair',
  'migrate:backup': 'backup',
  'migrate:restore': 'restore',
  'seed:dev': 'seed --env development',
  'db:start': 'db start',
  'db:stop': 'db stop',
  'db:url': 'db url',
  'db:reset': 'db reset',
  'db:install': 'db install',
};

const KNEXFILES = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((end) => `knexfile.${end}`);
const IGNORED = ['.lockstep/', '.env', '.env.*', '!.env.example'];
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
export function planInit({ root, stock, hasDatabase }: InitPlace, wish: InitWish, histories?: Histories): InitPlan {
  const backend = readBackend(root);
  const knexfile = KNEXFILES.find((name) => existsSync(path.join(root, name)));
  const found = findOther(root, [...(stock?.directory ? [stock.directory] : []), ...PLACES]);
  const isFresh = (file: PlannedFile): boolean => file.adds !== undefined || !existsSync(path.join(root, file.file));
  const theirs = [...(found ? [found.tool] : []), ...(histories?.found.flatMap(({ tools }) => tools) ?? [])];
  const usesOurName = ['dbmate', 'golang-migrate', 'rails'].some((tool) => theirs.includes(tool));
  const packages = packageJson(backend, hasDatabase);
  const files = [
    ...(knexfile ? [] : [knexfileOf(backend, usesOurName)]),
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

function knexfileOf({ isEsm, isTypeScript }: Backend, usesOurName: boolean): PlannedFile {
  const { name } = ownPackage();
  // Their tool's history is called schema_migrations too.
  const own = usesOurName ? ", tableName: 'lockstep_migrations'" : '';
  if (isTypeScript || isEsm)
    return {
      file: isTypeScript ? (isEsm ? 'knexfile.ts' : 'knexfile.mts') : 'knexfile.js',
      text: `import { defineProject, knexConfig } from '${name}';\n\nexport const project = defineProject({ root: import.meta.dirname${own} });\n\nexport default knexConfig(project);\n`,
    };
  return {
    file: 'knexfile.js',
    text: `const { defineProject, knexConfig } = require('${name}');\n\nconst project = defineProject({ root: __dirname${own} });\n\nmodule.exports = { ...knexConfig(project), project };\n`,
  };
}

/** Adds scripts and the embedded server, and leaves the rest as it is written. */
function packageJson({ packageJson: old, packageText, hasCompose }: Backend, hasDatabase: boolean): PlannedFile | undefined {
  const scripts = Object.entries(COMMANDS).filter(([script]) => !old.scripts?.[script]);
  const all = { ...old.dependencies, ...old.devDependencies };
  const wantsServer = !hasCompose && !(EMBEDDED_PACKAGE in all) && !hasDatabase;
  const next: PackageJson = {
    ...old,
    scripts: { ...old.scripts, ...Object.fromEntries(scripts.map(([script, words]) => [script, `lockstep ${words}`])) },
    ...(wantsServer && { devDependencies: sorted({ ...old.devDependencies, ...EMBEDDED }) }),
  };
  if (scripts.length === 0 && !wantsServer) return undefined;
  const [, indent = '  '] = /^[{[]\r?\n([ \t]+)/.exec(packageText) ?? [];
  return {
    file: 'package.json',
    text: `${JSON.stringify(next, undefined, indent)}${packageText.endsWith('\n') ? '\n' : ''}`,
    adds: [scripts.length > 0 && `${scripts.length} scripts`, wantsServer && 'the embedded PostgreSQL for development']
      .filter(Boolean)
      .join(', '),
  };
}

const sorted = (packages: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function ignores(root: string): readonly PlannedFile[] {
  const file = path.join(root, '.gitignore');
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = old.split(/\r?\n/).map((line) => line.trim());
  const missing = IGNORED.filter((line) => !lines.includes(line) && !lines.includes(line.replace(/\/$/, '')));
  if (missing.length === 0) return [];
  const text = `${old}${old === '' || old.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`;
  return [{ file: '.gitignore', text, adds: missing.join(', ') }];
}

const INSTALLS = { npm: 'npm ci', pnpm: 'pnpm install --frozen-lockfile', yarn: 'yarn install --immutable' };

function ciFile(ci: 'github' | 'gitlab', { manager }: Backend): PlannedFile {
  const commands = [INSTALLS[manager], 'npx lockstep up --env test', 'npx lockstep status --env test --check'];
  if (ci === 'gitlab')
    return {
      file: '.gitlab-ci.yml',
      text: `migrations:\n  image: node:24\n  services: [postgres:18]\n  variables:\n    POSTGRES_PASSWORD: postgres\n    DATABASE_URL: postgresql://postgres:postgres@postgres:5432/postgres\n  script:\n${commands.map((line) => `    - ${line}\n`).join('')}`,
    };
  return {
    file: '.github/workflows/migrations.yml',
    text: `name: migrations\non: [pull_request]\njobs:\n  migrations:\n    runs-on: ubuntu-latest\n    services:\n      postgres:\n        image: postgres:18\n        env: { POSTGRES_PASSWORD: postgres }\n        ports: ['5432:5432']\n        options: --health-cmd pg_isready --health-interval 2s --health-retries 30\n    env:\n      DATABASE_URL: postgresql://postgres:postgres@localhost:5432/postgres\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/setup-node@v4\n        with: { node-version: 24 }\n${commands.map((line) => `      - run: ${line}\n`).join('')}`,
  };
}

function starter(): readonly PlannedFile[] {
  return [
    {
      file: 'db/migrations/001_init.sql',
      text: '-- Migration: 001_init\n-- Description: init\n\nBEGIN;\n\nCREATE TABLE IF NOT EXISTS users (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  email text NOT NULL UNIQUE,\n  created_at timestamptz NOT NULL DEFAULT now()\n);\n\nCOMMIT;\n',
    },
    { file: `${DOWN_FOLDER}/001_init.sql`, text: '-- Rollback for: 001_init\n\nBEGIN;\n\nDROP TABLE IF EXISTS users;\n\nCOMMIT;\n' },
  ];
}

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
