import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { tmpOf } from './checkout-folder.ts';
import type { TestDatabase } from './database.ts';
import { type Tree, variablesOf } from './project.ts';
import { shareBundles } from './warm-bundles.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COPIED = [
  'src',
  'scripts',
  'knexfile.ts',
  'knexfile.js',
  'build.mjs',
  'bundles.mjs',
  'run.mjs',
  'package.json',
  'migrations',
  'seeds',
  'db',
  'corpus',
];

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** A copy of the project in which the real commands run, as a user has it after `npm ci`. */
export interface Checkout {
  readonly root: string;
  readonly write: (tree: Tree) => Promise<void>;
  /** `node run.mjs …`: what the npm scripts call. */
  readonly ours: (args: readonly string[], variables?: Record<string, string>) => Promise<Finished>;
  /** The stock CLI. */
  readonly knex: (args: readonly string[], variables?: Record<string, string>) => Promise<Finished>;
  readonly start: (program: keyof typeof PROGRAMS, args: readonly string[], variables?: Record<string, string>) => Started;
}

const PROGRAMS = { ours: ['run.mjs'], knex: ['node_modules/knex/bin/cli.js'], application: ['--import', 'tsx', 'application.ts'] } as const;

export interface CheckoutOptions {
  /** Packages that are not there: whoever loads one fails. */
  readonly without?: readonly string[];
}

export async function createCheckout(database: TestDatabase, tree: Tree = {}, { without = [] }: CheckoutOptions = {}): Promise<Checkout> {
  const knexfile = tree['knexfile.ts'] ?? '';
  const root = takeRoot(knexfile);
  for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true, preserveTimestamps: true });
  linkPackages(root, without);
  const write = async (files: Tree): Promise<void> => {
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), content);
    }
  };
  await write(tree);
  // The same knexfile is the same file, also when it is written again.
  if (knexfile) utimesSync(path.join(root, 'knexfile.ts'), WRITTEN, WRITTEN);
  const start: Checkout['start'] = (program, args, variables = variablesOf(database)) =>
    run(root, [...PROGRAMS[program], ...args], variables);
  return {
    root,
    write,
    start,
    ours: (args, variables) => start('ours', args, variables).finished,
    knex: (args, variables) => start('knex', args, variables).finished,
  };
}

/** Long enough ago for nobody to doubt it. */
const WRITTEN = new Date('2026-01-01');

const taken = new Set<string>();

/** A folder that one test after another gets: its bundles, and what tsx has compiled, are known by its name and still good for the same files. */
function takeRoot(knexfile: Tree[string]): string {
  const folder = inject('checkouts');
  const kind = createHash('sha256').update(knexfile).digest('hex').slice(0, 8);
  const candidates = Array.from({ length: taken.size + 1 }, (_, i) =>
    path.join(folder, `${process.env['VITEST_POOL_ID']}-${i + 1}-${kind}`),
  );
  const root = candidates.find((one) => !taken.has(one)) ?? '';
  taken.add(root);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { mode: 0o700 });
  const others = readdirSync(folder).filter((name) => name.endsWith(kind));
  shareBundles(
    root,
    others.map((name) => path.join(folder, name)),
  );
  onTestFinished(() => void taken.delete(root));
  return root;
}

function linkPackages(root: string, without: readonly string[]): void {
  const [from, to] = [path.join(ROOT, 'node_modules'), path.join(root, 'node_modules')];
  if (without.length === 0) {
    symlinkSync(from, to, 'dir');
    return;
  }
  mkdirSync(to);
  for (const name of readdirSync(from))
    if (!without.includes(name) && name !== '.cache') symlinkSync(path.join(from, name), path.join(to, name));
}

function run(cwd: string, args: readonly string[], variables: Record<string, string>): Started {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { PATH, HOME, TMPDIR: tmpOf(inject('checkouts')), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished };
}
