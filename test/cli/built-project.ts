import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Project {
  readonly root: string;
  /** A temporary folder of its own. */
  readonly tmp: string;
  /** @returns what `run.mjs` prints */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** @returns what the stock CLI prints; it finds no server */
  readonly knex: (...args: readonly string[]) => Promise<string>;
}

/** A copy of the project with its packages linked one by one, so that each can be taken away. */
export function createProject(): Project {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-built-'));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  const tmp = path.join(root, 'tmp');
  for (const folder of ['node_modules', 'tmp']) fs.mkdirSync(path.join(root, folder));
  for (const name of ['src', 'scripts', 'knexfile.ts', 'knexfile.js', 'build.mjs', 'bundles.mjs', 'run.mjs', 'package.json'])
    fs.cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true, preserveTimestamps: true });
  for (const name of fs.readdirSync(path.join(ROOT, 'node_modules')).filter((one) => one !== '.cache'))
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(root, 'node_modules', name));
  const start =
    (program: string, env: Readonly<Record<string, string>>) =>
    (...args: readonly string[]): Promise<string> =>
      new Promise((resolve) => {
        execFile(process.execPath, [program, ...args], { cwd: root, env }, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`));
      });
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: tmp };
  return {
    root,
    tmp,
    run: start('run.mjs', env),
    knex: start('node_modules/knex/bin/cli.js', { ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }),
  };
}

/** Takes away what builds, and what is built in. */
export function removePackages({ root }: Project, ...others: readonly string[]): void {
  for (const name of ['esbuild', 'tsx', 'yargs', 'libpg-query', 'yoctocolors', ...others]) fs.rmSync(path.join(root, 'node_modules', name));
}

/** Also for root, who may write to every folder. */
export const makeUnwritable = ({ root }: Project): void => fs.writeFileSync(path.join(root, 'node_modules/.cache'), '');
