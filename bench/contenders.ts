import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchMigration } from './migrations.ts';
import type { BenchServer } from './server.ts';

export type Job = 'start' | 'apply' | 'nothing' | 'status' | 'undo';

export interface Contender {
  readonly name: string;
  readonly database: string;
  /** Arguments of node. */
  readonly args: (job: Job) => readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly layOut: (migrations: readonly BenchMigration[]) => void;
}

const ROOT = path.resolve(import.meta.dirname, '..');
const COPIED = ['src', 'scripts', 'knexfile.ts', 'knexfile.js', 'build.mjs', 'run.mjs', 'package.json'];
const PLAIN_PG = fileURLToPath(new URL('./plain-pg.mjs', import.meta.url));
const EMPTY_FOLDERS = ['db/migrations', 'db/migrations/rollbacks'];

export function createContenders(server: BenchServer): readonly Contender[] {
  return [ours(server), stockKnex(server), plainPg(server)];
}

/** A copy of the project, and the command that its npm scripts call. */
function ours({ folder, port, password }: BenchServer): Contender {
  const cwd = path.join(folder, 'ours');
  for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(cwd, name), { recursive: true, preserveTimestamps: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(cwd, 'node_modules'), 'dir');
  const commands: Record<Job, readonly string[]> = {
    start: ['migrate-up', '--help'],
    apply: ['migrate-up', '--env', 'test'],
    nothing: ['migrate-up', '--env', 'test'],
    status: ['migrate-status', '--env', 'test'],
    undo: ['migrate-rollback', '--env', 'test'],
  };
  return {
    name: 'Lockstep',
    database: 'bench_ours',
    cwd,
    args: (job) => ['run.mjs', ...commands[job]],
    env: { DB_HOST: '127.0.0.1', DB_PORT: String(port), DB_USER: 'postgres', DB_PASSWORD: password, DB_NAME: 'bench_ours' },
    layOut: (migrations) => writePairs(cwd, migrations),
  };
}

/** As its documentation has it: a plain knexfile and modules, which hand the text of their file to `knex.raw`. */
function stockKnex({ folder, port, password }: BenchServer): Contender {
  const cwd = path.join(folder, 'knex');
  mkdirSync(cwd);
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(cwd, 'node_modules'), 'dir');
  const connection = { host: '127.0.0.1', port, user: 'postgres', password, database: 'bench_knex' };
  writeFileSync(path.join(cwd, 'knexfile.js'), `module.exports = ${JSON.stringify({ client: 'pg', connection })};\n`);
  const commands: Record<Job, readonly string[]> = {
    start: ['--help'],
    apply: ['migrate:latest'],
    nothing: ['migrate:latest'],
    status: ['migrate:list'],
    undo: ['migrate:down'],
  };
  return {
    name: 'stock knex',
    database: 'bench_knex',
    cwd,
    args: (job) => ['node_modules/knex/bin/cli.js', ...commands[job]],
    env: {},
    layOut: (migrations) => {
      writePairs(cwd, migrations);
      rmSync(path.join(cwd, 'migrations'), { recursive: true, force: true });
      mkdirSync(path.join(cwd, 'migrations'));
      for (const { name } of migrations) writeFileSync(path.join(cwd, 'migrations', `${name}.js`), moduleOf(name));
    },
  };
}

const moduleOf = (name: string): string => `const { readFileSync } = require('node:fs');
const raw = (knex, file) => knex.raw(readFileSync(\`\${__dirname}/../db/migrations/\${file}\`, 'utf8'));
exports.up = (knex) => raw(knex, '${name}.sql');
exports.down = (knex) => raw(knex, 'rollbacks/${name}.sql');
`;

function plainPg({ folder, port, password }: BenchServer): Contender {
  const cwd = path.join(folder, 'plain');
  mkdirSync(cwd);
  return {
    name: 'plain pg',
    database: 'bench_plain',
    cwd,
    args: (job) => [PLAIN_PG, job, 'db/migrations'],
    env: { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: password, PGDATABASE: 'bench_plain' },
    layOut: (migrations) => writePairs(cwd, migrations),
  };
}

function writePairs(root: string, migrations: readonly BenchMigration[]): void {
  rmSync(path.join(root, 'db'), { recursive: true, force: true });
  for (const empty of EMPTY_FOLDERS) mkdirSync(path.join(root, empty), { recursive: true });
  for (const { name, up, down } of migrations) {
    writeFileSync(path.join(root, 'db/migrations', `${name}.sql`), up);
    writeFileSync(path.join(root, 'db/migrations/rollbacks', `${name}.sql`), down);
  }
}
