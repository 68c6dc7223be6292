import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { findMemoryFolder } from '../../faults/memory-folder.ts';
import { type Account, findAccount } from '../../src/dev-server/account.ts';
import { type Binaries, findBinaries } from '../../src/dev-server/binaries.ts';
import { placesOf } from '../../src/dev-server/data-places.ts';
import type { DevServer } from '../../src/dev-server/dev-server.ts';
import { removeData, removeLeftovers } from '../../src/dev-server/init-data.ts';
import { readPidFile } from '../../src/dev-server/server-process.ts';
import { usableBin } from '../../src/dev-server/usable-binaries.ts';
import { endServer, makeRunFolder } from '../support/servers.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
export const isRoot = process.getuid?.() === 0;

/** An empty project folder. Whatever server the test starts for it ends with the test, and its data goes. */
export async function makeProject(name = 'project', parentMode = 0o755): Promise<string> {
  const parent = await makeRunFolder([findMemoryFolder()]);
  fs.chmodSync(parent, parentMode);
  const root = path.join(parent, name);
  fs.mkdirSync(root);
  // Runs last: what is registered later runs earlier.
  onTestFinished(() => fs.rmSync(parent, { recursive: true, force: true, maxRetries: 5 }));
  removeAtEnd(root);
  return root;
}

/** For the place that a test moved or copied a project to, too. */
export function removeAtEnd(root: string): void {
  const { project, fallback } = placesOf(root);
  onTestFinished(async () => {
    for (const place of [project, fallback]) await removeServer(path.join(place, 'pg18'));
    fs.rmSync(fallback, { recursive: true, force: true, maxRetries: 5 });
  });
}

/** One statement on a server; its rows. */
export async function query({ host, port, user, password }: DevServer, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = await connect({ host, port, user, password });
  try {
    const { rows }: { readonly rows: readonly Record<string, unknown>[] } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** A client that is not surprised when its server is killed. */
export async function connect({ host, port, user, password }: Pick<DevServer, 'host' | 'port' | 'user' | 'password'>): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export function pidOf({ dataDir }: Pick<DevServer, 'dataDir'>): number {
  const pid = readPidFile(dataDir)?.pid;
  if (!pid) throw new Error(`no server runs in ${dataDir}`);
  return pid;
}

/** `startDevServer` in a process of its own and a process group of its own, as a command would do it. */
export function spawnStart(root: string, env: NodeJS.ProcessEnv = {}, account?: Account): ChildProcess {
  const script = path.join(import.meta.dirname, 'start-in-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, root], {
    cwd: REPOSITORY,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  onTestFinished(() => killGroup(child));
  return child;
}

/** What the child printed: the server it got, or the message of its refusal. */
export async function resultOf(child: ChildProcess): Promise<DevServer> {
  const texts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => texts.push(text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(texts.join(''));
  const server: DevServer = JSON.parse(texts.join(''));
  return server;
}

export function killGroup({ pid, exitCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Polls a condition; the limit only ends a test that has failed. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(10);
  }
}

export function newestBinaries(): Binaries {
  const found = findBinaries(18, [REPOSITORY]);
  if (!found) throw new Error('the tests of the development server need the optional dependencies: npm ci');
  return found;
}

export async function newestBin(stage: string): Promise<string> {
  return usableBin(newestBinaries(), { account: findAccount(), stage });
}

/** A folder with programs of the user's own making beside the real ones, for `EMBEDDED_PG_BIN`. */
export async function makeBin(root: string, initdb: string): Promise<string> {
  const real = await newestBin(root);
  const bin = path.join(root, 'bin');
  fs.mkdirSync(bin);
  for (const program of ['postgres', 'pg_ctl']) fs.symlinkSync(path.join(real, program), path.join(bin, program));
  fs.writeFileSync(path.join(bin, 'initdb'), `#!/bin/sh\n${initdb.replaceAll('REAL', path.join(real, 'initdb'))}\n`);
  fs.chmodSync(path.join(bin, 'initdb'), 0o755);
  return bin;
}

async function removeServer(dataDir: string): Promise<void> {
  await endServer(dataDir);
  removeData(dataDir);
  removeLeftovers(dataDir);
}
