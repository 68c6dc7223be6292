/** What `init` writes: a knexfile, additions to package.json and .gitignore, a file for a CI service, a first migration. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EMBEDDED_PACKAGE, EMBEDDED_VERSION } from '../dev-server/binaries.ts';
import type { Backend, PackageJson } from '../files/backend.ts';
import { ownPackage } from '../files/own-package.ts';
import { DOWN_FOLDER } from '../files/write-migration.ts';

/** A CI service that a file is written for. */
export type CiService = 'github' | 'gitlab';

/** A file to write, or to add to. */
export interface PlannedFile {
  readonly file: string;
  readonly text: string;
  /** A program. */
  readonly isExecutable?: boolean;
  /** What is added, in a few words; absent for a new file. */
  readonly adds?: string;
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

const IGNORED = ['.lockstep/', '.env', '.env.*', '!.env.example'];

export const newKnexfile = (backend: Backend, usesOurName: boolean, elsewhere: string | undefined): PlannedFile =>
  elsewhere === undefined ? knexfileOf(backend, usesOurName) : knexfileFor(elsewhere);

/** What a knexfile elsewhere says counts here too, whatever the package says of modules. */
const knexfileFor = (elsewhere: string): PlannedFile => ({ file: 'knexfile.mjs', text: `export { default } from './${elsewhere}';\n` });

/** JavaScript for all: a TypeScript file at the root would be compiled with the sources, and move what comes out of them. */
function knexfileOf({ isEsm }: Backend, usesOurName: boolean): PlannedFile {
  const { name } = ownPackage();
  // Their tool's history is called schema_migrations too.
  const own = usesOurName ? ", tableName: 'lockstep_migrations'" : '';
  const text = isEsm
    ? `import { defineProject, knexConfig } from '${name}';\n\nexport const project = defineProject({ root: import.meta.dirname${own} });\n\nexport default knexConfig(project);\n`
    : `const { defineProject, knexConfig } = require('${name}');\n\nconst project = defineProject({ root: __dirname${own} });\n\nmodule.exports = { ...knexConfig(project), project };\n`;
  return { file: 'knexfile.js', text };
}

/** Adds scripts and the embedded server, and leaves the rest as it is written. */
export function packageJson({ packageJson: old, packageText, hasCompose }: Backend, hasDatabase: boolean): PlannedFile | undefined {
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

export function ignores(root: string): readonly PlannedFile[] {
  const file = path.join(root, '.gitignore');
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = old.split(/\r?\n/).map((line) => line.trim());
  const missing = IGNORED.filter((line) => !lines.includes(line) && !lines.includes(line.replace(/\/$/, '')));
  if (missing.length === 0) return [];
  const text = `${old}${old === '' || old.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`;
  return [{ file: '.gitignore', text, adds: missing.join(', ') }];
}

const INSTALLS = { npm: 'npm ci', pnpm: 'pnpm install --frozen-lockfile', yarn: 'yarn install --immutable' };

export function ciFile(ci: CiService, { manager }: Backend): PlannedFile {
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

export function starter(): readonly PlannedFile[] {
  return [
    {
      file: 'db/migrations/001_init.sql',
      text: '-- Migration: 001_init\n-- Description: init\n\nBEGIN;\n\nCREATE TABLE IF NOT EXISTS users (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  email text NOT NULL UNIQUE,\n  created_at timestamptz NOT NULL DEFAULT now()\n);\n\nCOMMIT;\n',
    },
    { file: `${DOWN_FOLDER}/001_init.sql`, text: '-- Rollback for: 001_init\n\nBEGIN;\n\nDROP TABLE IF EXISTS users;\n\nCOMMIT;\n' },
  ];
}
