import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import type { Tree } from '../support/project.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SHIPPED = [
  'src',
  'docs',
  'build.mjs',
  'pack.mjs',
  'bundles.mjs',
  'run.mjs',
  'package.json',
  'tsconfig.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
];

let packed: string | undefined;

/** What `npm pack` makes, in a copy: it writes another package.json meanwhile. */
export function packOnce(): string {
  if (packed) return packed;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-pack-'));
  for (const name of SHIPPED)
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true, filter: (from) => !from.endsWith('site') });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const out = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: folder, encoding: 'utf8' });
  packed = path.join(folder, out.trim().split('\n').at(-1) ?? '');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return packed;
}

export interface Ran {
  readonly code: number;
  /** Both streams, as a person sees them. */
  readonly said: string;
}

export interface Adopter {
  readonly root: string;
  readonly lockstep: (...args: readonly string[]) => Promise<Ran>;
  readonly node: (...args: readonly string[]) => Promise<Ran>;
  /** Any program, in its folder: `npx lockstep` is there as well. */
  readonly run: (command: readonly string[], variables?: Readonly<Record<string, string>>) => Promise<Ran>;
  readonly write: (tree: Tree) => void;
}

/** What a production install has: the package and what it depends on. */
const DEPENDENCIES = ['knex', 'pg', 'libpg-query'];

/** A backend with the package installed, as its folder would be; removed after the test. */
export function createAdopter(tree: Tree, database?: TestDatabase, more: readonly string[] = []): Adopter {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-adopter-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const modules = path.join(root, 'node_modules');
  mkdirSync(path.join(modules, 'lockstep'), { recursive: true });
  execFileSync('tar', ['xzf', packOnce(), '--strip-components=1', '-C', path.join(modules, 'lockstep')]);
  mkdirSync(path.join(modules, '.bin'));
  symlinkSync('../lockstep/dist/lockstep.js', path.join(modules, '.bin/lockstep'));
  for (const name of [...DEPENDENCIES, ...more, ...ofKnex()])
    if (!existsSync(path.join(modules, name))) {
      mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
      symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
    }
  const write = (files: Tree): void => {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    }
  };
  write(tree);
  const url =
    database &&
    `postgresql://${database.user}:${encodeURIComponent(database.password)}@${database.host}:${database.port}/${database.database}`;
  const run: Adopter['run'] = async ([program = '', ...args], variables = {}) => {
    const { PATH = '', HOME = '' } = process.env;
    const options = { cwd: root, env: { PATH, HOME, ...(url && { DATABASE_URL: url }), ...variables } };
    const done = await promisify(execFile)(program, args, options).then(
      ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, said: error.stdout + error.stderr }),
    );
    return { code: done.code, said: done.said };
  };
  return {
    root,
    write,
    run,
    node: (...args) => run([process.execPath, ...args]),
    lockstep: (...args) => run([process.execPath, path.join(modules, 'lockstep/dist/lockstep.js'), ...args]),
  };
}

/** Packages of types, for a compiler. */
const ofKnex = (): readonly string[] => readdirSync(path.join(ROOT, 'node_modules')).filter((name) => name === 'pg-types');
