import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Contender, environmentOf, nodeRuns, writePairs } from './contenders.ts';
import type { BenchMigration } from './migrations.ts';
import type { BenchServer } from './server.ts';

const PEERS = path.join(import.meta.dirname, 'peers');
const PACKAGES = path.join(PEERS, 'node_modules');

/** Other tools, as far as they are installed; `missing` names the rest. */
export function findPeers(server: BenchServer): { readonly peers: readonly Contender[]; readonly missing: readonly string[] } {
  const all = [dbmate(server), nodePgMigrate(server), umzug(server), psql(server)];
  return {
    peers: all.flatMap((one) => (typeof one === 'string' ? [] : [one])),
    missing: all.flatMap((one) => (typeof one === 'string' ? [one] : [])),
  };
}

const urlOf = ({ port, password }: BenchServer, database: string): string =>
  `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}?sslmode=disable`;

/** One file for both directions, with a comment before each. */
function writeMarked(cwd: string, migrations: readonly BenchMigration[], [up, down]: readonly [string, string]): void {
  rmSync(path.join(cwd, 'migrations'), { recursive: true, force: true });
  mkdirSync(path.join(cwd, 'migrations'), { recursive: true });
  for (const one of migrations)
    writeFileSync(path.join(cwd, 'migrations', `${one.name}.sql`), `-- ${up}\n${one.up}\n-- ${down}\n${one.down}`);
}

function dbmate(server: BenchServer): Contender | string {
  const program = path.join(PACKAGES, '@dbmate', `${process.platform}-${process.arch}`, 'bin/dbmate');
  if (!existsSync(program)) return 'dbmate';
  const cwd = path.join(server.folder, 'dbmate');
  const commands = { start: '--help', apply: 'migrate', nothing: 'migrate', status: 'status', undo: 'rollback' };
  return {
    name: 'dbmate',
    database: 'bench_dbmate',
    cwd,
    command: (job) => [program, '--migrations-dir', 'migrations', '--no-dump-schema', commands[job]],
    env: { DATABASE_URL: urlOf(server, 'bench_dbmate') },
    layOut: (migrations) => writeMarked(cwd, migrations, ['migrate:up', 'migrate:down']),
    forget: () => {},
  };
}

function nodePgMigrate(server: BenchServer): Contender | string {
  const program = path.join(PACKAGES, 'node-pg-migrate/bin/node-pg-migrate.js');
  if (!existsSync(program)) return 'node-pg-migrate';
  const cwd = path.join(server.folder, 'node-pg-migrate');
  return {
    name: 'node-pg-migrate',
    database: 'bench_npm',
    cwd,
    // It has no status.
    command: nodeRuns(program, { start: ['--help'], apply: ['up'], nothing: ['up'], undo: ['down'] }),
    env: { DATABASE_URL: urlOf(server, 'bench_npm') },
    layOut: (migrations) => writeMarked(cwd, migrations, ['Up Migration', 'Down Migration']),
    forget: () => {},
  };
}

function umzug(server: BenchServer): Contender | string {
  if (!existsSync(path.join(PACKAGES, 'umzug'))) return 'umzug';
  const cwd = path.join(server.folder, 'umzug');
  const jobs = ['start', 'apply', 'nothing', 'status', 'undo'] as const;
  return {
    name: 'umzug',
    database: 'bench_umzug',
    cwd,
    command: nodeRuns(path.join(PEERS, 'umzug.mjs'), Object.fromEntries(jobs.map((job) => [job, [job]]))),
    env: environmentOf(server, 'bench_umzug'),
    layOut: (migrations) => writePairs(cwd, migrations),
    forget: () => {},
  };
}

/** On Debian the one in the path is a Perl script around it, which takes longer than psql. */
function findPsql(): string | undefined {
  const home = '/usr/lib/postgresql';
  const versions = existsSync(home) ? readdirSync(home).sort((a, b) => Number(b) - Number(a)) : [];
  const programs = [...versions.map((version) => path.join(home, version, 'bin/psql')), 'psql'];
  return programs.find((program) => spawnSync(program, ['--version']).status === 0);
}

const RECORD = 'INSERT INTO plain_history (name) VALUES';

/** What it is told at once, since it knows no files: each in a transaction with its history row. */
function psql(server: BenchServer): Contender | string {
  const program = findPsql();
  if (!program) return 'psql';
  const cwd = path.join(server.folder, 'psql');
  const run = (file: string): readonly string[] => [program, '-Xqtf', file, '-v', 'ON_ERROR_STOP=1'];
  const [apply, look, undo] = [run('apply.psql'), run('look.psql'), run('undo.psql')];
  const commands = { start: look, apply, nothing: look, status: look, undo };
  return {
    name: 'psql',
    database: 'bench_psql',
    cwd,
    command: (job) => commands[job],
    env: environmentOf(server, 'bench_psql'),
    layOut: (migrations, applied) => {
      writePairs(cwd, migrations);
      const write = (name: string, lines: readonly string[]): void => writeFileSync(path.join(cwd, name), lines.join('\n'));
      const create =
        'SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS plain_history (name text PRIMARY KEY, at timestamptz DEFAULT now());';
      const steps = migrations.slice(applied).map(({ name }) => `BEGIN;\n\\i db/migrations/${name}.sql\n${RECORD} ('${name}');\nCOMMIT;`);
      const last = migrations.at(-1)?.name;
      write('look.psql', [create, 'SELECT name FROM plain_history ORDER BY name;']);
      write('apply.psql', [create, ...steps]);
      write('undo.psql', [
        'BEGIN;',
        `\\i db/migrations/rollbacks/${last}.sql`,
        `DELETE FROM plain_history WHERE name = '${last}';`,
        'COMMIT;',
      ]);
    },
    forget: () => {},
  };
}
