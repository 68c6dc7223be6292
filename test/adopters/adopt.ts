import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { type RealBackend, START_OF } from './backends.ts';

const PNPM = 'pnpm@10.34.8';

/** A real backend on disk, with a repository, its own packages and a database that its tool has migrated. */
export interface Standing {
  readonly backend: RealBackend;
  /** Where its package.json is. */
  readonly folder: string;
  /** Runs a command there. @returns both its streams @throws where it fails */
  readonly run: (command: string, ...args: readonly string[]) => Promise<string>;
}

export async function standUp(backend: RealBackend, database: TestDatabase): Promise<Standing> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-real-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const folder = path.join(root, backend.folder ?? '.');
  const tree = { ...backend.tree, [path.posix.join(backend.folder ?? '.', '.env')]: `DATABASE_URL=${database.url}\n` };
  for (const [file, text] of Object.entries(tree)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const run: Standing['run'] = (command, ...args) => runIn(folder, command, args);
  await run('git', 'init', '-q', root);
  await (backend.manager === 'pnpm' ? run('npx', '--yes', PNPM, 'install') : run('npm', 'install'));
  await run('git', 'add', '-A', root);
  await run('git', '-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', 'commit', '-qm', 'A shop');
  await (typeof backend.history === 'string' ? database.query(backend.history) : run(process.execPath, ...backend.history));
  return { backend, folder, run };
}

/** From the package to the first true status, as docs/adopting.md says. */
export async function adopt({ backend, run }: Standing, tarball: string): Promise<{ readonly status: string; readonly seconds: number }> {
  const startedAt = performance.now();
  await (backend.manager === 'pnpm' ? run('npx', '--yes', PNPM, 'add', '-D', tarball) : run('npm', 'install', '--save-dev', tarball));
  const said = await run('npx', 'lockstep', 'init', '--yes');
  if (backend.moves) await run('bash', '-c', wordOf(said, backend.moves));
  for (const step of backend.steps) await run('npx', 'lockstep', ...step.split(' '));
  const status = await run('npx', 'lockstep', 'status');
  return { status, seconds: (performance.now() - startedAt) / 1000 };
}

function wordOf(said: string, line: string): string {
  if (!said.includes(line)) throw new Error(`init does not say ${line}, but ${said}`);
  return line;
}

export interface Diff {
  /** In files that were there before. */
  readonly edited: number;
  /** In new files, the imported migrations among them. */
  readonly added: number;
}

/** What their repository would show for review, without lock files. */
export async function diffOf({ run }: Standing): Promise<Diff> {
  await run('git', 'add', '-A', ':/');
  const count = async (filter: string): Promise<number> => {
    const text = await run(
      'git',
      'diff',
      '--cached',
      '--numstat',
      `--diff-filter=${filter}`,
      '--',
      ':/',
      ':(top,exclude)**package-lock.json',
      ':(top,exclude)**pnpm-lock.yaml',
    );
    return text.split('\n').reduce(
      (sum, line) =>
        sum +
        line
          .split('\t')
          .slice(0, 2)
          .reduce((a, b) => a + Number(b), 0),
      0,
    );
  };
  return { edited: await count('a'), added: await count('A') };
}

/** The application's answer to a request that reads the database. */
export async function ask({ backend, folder }: Standing): Promise<unknown> {
  const app = spawn(process.execPath, START_OF(backend), { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface(app.stdout)) {
      const [, port] = /^listening on (\d+)$/.exec(line) ?? [];
      if (port) return await (await fetch(`http://127.0.0.1:${port}/`)).json();
    }
    throw new Error(`${backend.name} did not start`);
  } finally {
    app.kill();
    if (app.exitCode === null && app.signalCode === null) await once(app, 'exit');
  }
}

export function megabytesOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0) / 1_000_000;
}

/** Nothing of the run around it: neither its database nor that it is in CI. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR && { TMPDIR }) };
}

async function runIn(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const done = await promisify(execFile)(command, args, { cwd, env: environment(), maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: Error & { stdout: string; stderr: string }) => {
      throw new Error(`${[command, ...args].join(' ')} failed in ${cwd}:\n${error.stdout}${error.stderr}`);
    },
  );
  return done.stdout + done.stderr;
}
