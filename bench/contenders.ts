import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchMigration } from './migrations.ts';
import type { BenchServer } from './server.ts';

export type Job = 'start' | 'apply' | 'nothing' | 'status' | 'undo';

export interface Contender {
  readonly name: string;
  readonly database: string;
  /** A program and its arguments; undefined for what it cannot do. */
  readonly command: (job: Job) => readonly string[] | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** @param applied how many of them the database has already */
  readonly layOut: (migrations: readonly BenchMigration[], applied: number) => void;
  /** What it has built or cached for its next start. */
  readonly forget: () => void;
}

export type Commands = Readonly<Partial<Record<Job, readonly string[]>>>;

const ROOT = path.resolve(import.meta.dirname, '..');
const COPIED = ['src', 'scripts', 'knexfile.ts', 'knexfile.js', 'build.mjs', 'bundles.mjs', 'run.mjs', 'package.json'];
const PLAIN_PG = fileURLToPath(new URL('./plain-pg.mjs', import.meta.url));
const EMPTY_FOLDERS = ['db/migrations', 'db/migrations/rollbacks'];

export const nodeRuns =
  (program: string, commands: Commands): Contender['command'] =>
  (job) =>
    commands[job] && [process.execPath, program, ...commands[job]];

/** A copy of the project, and the command that its npm scripts call. */
export function ours({ folder, port, password }: BenchServer): Contender {
  const cwd = path.join(folder, 'ours');
  for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(cwd, name), { recursive: true, preserveTimestamps: true });
  linkPackages(cwd);
  return {
    name: 'Lockstep',
    database: 'bench_ours',
    cwd,
    command: nodeRuns('run.mjs', {
      start: ['migrate-up', '--help'],
      apply: ['migrate-up', '--env', 'test'],
      nothing: ['migrate-up', '--env', 'test'],
      status: ['migrate-status', '--env', 'test'],
      undo: ['migrate-rollback', '--env', 'test'],
    }),
    env: { DB_HOST: '127.0.0.1', DB_PORT: String(port), DB_USER: 'postgres', DB_PASSWORD: password, DB_NAME: 'bench_ours' },
    layOut: (migrations) => writePairs(cwd, migrations),
    forget: () => rmSync(path.join(cwd, 'node_modules/.cache'), { recursive: true, force: true }),
  };
}

/** One by one: the folder, and so what is cached in it, is the contender's own. */
function linkPackages(cwd: string): void {
  const [from, to] = [path.join(ROOT, 'node_modules'), path.join(cwd, 'node_modules')];
  mkdirSync(to);
  for (const name of readdirSync(from)) if (name !== '.cache') symlinkSync(path.join(from, name), path.join(to, name));
}

/** As its documentation has it: a plain knexfile and modules, which hand the text of their file to `knex.raw`. */
export function stockKnex({ folder, port, password }: BenchServer): Contender {
  const cwd = path.join(folder, 'knex');
  mkdirSync(cwd, { recursive: true });
  linkPackages(cwd);
  const connection = { host: '127.0.0.1', port, user: 'postgres', password, database: 'bench_knex' };
  writeFileSync(path.join(cwd, 'knexfile.js'), `module.exports = ${JSON.stringify({ client: 'pg', connection })};\n`);
  return {
    name: 'stock knex',
    database: 'bench_knex',
    cwd,
    command: nodeRuns('node_modules/knex/bin/cli.js', {
      start: ['--help'],
      apply: ['migrate:latest'],
      nothing: ['migrate:latest'],
      status: ['migrate:list'],
      undo: ['migrate:down'],
    }),
    env: {},
    layOut: (migrations) => {
      writePairs(cwd, migrations);
      rmSync(path.join(cwd, 'migrations'), { recursive: true, force: true });
      mkdirSync(path.join(cwd, 'migrations'));
      for (const { name } of migrations) writeFileSync(path.join(cwd, 'migrations', `${name}.js`), moduleOf(name));
    },
    forget: () => {},
  };
}

const moduleOf = (name: string): string => `const { readFileSync } = require('node:fs');
const raw = (knex, file) => knex.raw(readFileSync(\`\${__dirname}/../db/migrations/\${file}\`, 'utf8'));
exports.up = (knex) => raw(knex, '${name}.sql');
exports.down = (knex) => raw(knex, 'rollbacks/${name}.sql');
`;

export const environmentOf = ({ port, password }: BenchServer, database: string): Record<string, string> => ({
  PGHOST: '127.0.0.1',
  PGPORT: String(port),
  PGUSER: 'postgres',
  PGPASSWORD: password,
  PGDATABASE: database,
});

export function plainPg(server: BenchServer): Contender {
  const cwd = path.join(server.folder, 'plain');
  mkdirSync(cwd, { recursive: true });
  const jobs = ['start', 'apply', 'nothing', 'status', 'undo'] as const;
  return {
    name: 'plain pg',
    database: 'bench_plain',
    cwd,
    command: nodeRuns(PLAIN_PG, Object.fromEntries(jobs.map((job) => [job, [job, 'db/migrations']]))),
    env: environmentOf(server, 'bench_plain'),
    layOut: (migrations) => writePairs(cwd, migrations),
    forget: () => {},
  };
}

export function writePairs(root: string, migrations: readonly BenchMigration[]): void {
  rmSync(path.join(root, 'db'), { recursive: true, force: true });
  for (const empty of EMPTY_FOLDERS) mkdirSync(path.join(root, empty), { recursive: true });
  for (const { name, up, down } of migrations) {
    writeFileSync(path.join(root, 'db/migrations', `${name}.sql`), up);
    if (down !== '') writeFileSync(path.join(root, 'db/migrations/rollbacks', `${name}.sql`), down);
  }
}
