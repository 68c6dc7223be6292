import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { findMemoryFolder, MEMORY } from '../../faults/memory-folder.ts';
import { type Account, findAccount } from '../../src/dev-server/account.ts';
import { type Binaries, findBinaries } from '../../src/dev-server/binaries.ts';
import { canHoldData } from '../../src/dev-server/data-places.ts';
import { readPassword } from '../../src/dev-server/init-data.ts';
import { readServerState } from '../../src/dev-server/server-state.ts';
import { startServer, stopServer } from '../../src/dev-server/start-server.ts';
import { usableBin } from '../../src/dev-server/usable-binaries.ts';
import { makeCheap, type TestServer } from './cheap-server.ts';
import { makeCheckoutFolder, removeCheckouts } from './checkout-folder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    servers: readonly TestServer[];
    missingMajors: readonly number[];
    /** The folder for checkouts. */
    checkouts: string;
  }
}

interface Run {
  readonly folder: string;
  readonly account: Account | undefined;
}

interface Launched {
  readonly server: TestServer;
  readonly bin: string;
  readonly dataDir: string;
}

const TESTS = path.resolve(import.meta.dirname, '..');

/** Starts one server per major in `TEST_PG` (default `15 18`) and stops them after the last test. In CI a missing major is a failure, else it is skipped. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const wanted = (process.env['TEST_PG'] ?? '15 18').split(/[ ,]+/).filter(Boolean).map(Number);
  const found = wanted.map((major) => findBinaries(major, [TESTS, path.join(TESTS, 'servers'), path.join(TESTS, 'servers-all')]));
  const missing = wanted.filter((_, index) => !found[index]);
  reportMissing(missing);
  await sweepDeadRuns();
  const run = { folder: await makeRunFolder([findMemoryFolder()]), account: findAccount() };
  const launches = await Promise.allSettled(found.filter((it) => it !== undefined).map((binaries) => launch(binaries, run)));
  const launched = launches.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  const failed = launches.find((it) => it.status === 'rejected');
  if (failed) {
    await stopAll(run, launched);
    throw failed.reason;
  }
  project.provide(
    'servers',
    launched.map((it) => it.server),
  );
  project.provide('missingMajors', missing);
  const checkouts = makeCheckoutFolder();
  project.provide('checkouts', checkouts);
  return async () => {
    removeCheckouts(checkouts);
    await stopAll(run, launched);
  };
}

function reportMissing(missing: readonly number[]): void {
  if (missing.length === 0) return;
  const message = `PostgreSQL ${missing.join(', ')} is not installed: npm ci --prefix test/servers-all`;
  if (process.env['CI']) throw new Error(message);
  process.stderr.write(`skipped: ${message}\n`);
}

async function launch(binaries: Binaries, { folder, account }: Run): Promise<Launched> {
  const bin = await usableBin(binaries, { account, stage: folder });
  const { major } = binaries;
  const dataDir = path.join(folder, `pg${major}`);
  const { port } = await startServer({ major, bin, dataDir, account, port: firstPort(major), maxConnections: 200, isDurable: false });
  const server = { major, host: '127.0.0.1', port, user: 'postgres', password: readPassword(dataDir) };
  await makeCheap(server);
  return { server, bin, dataDir };
}

/** Runs at once rarely ask for the same port, and where they do the later one takes the next. */
function firstPort(major: number): number {
  return 24_600 + ((process.pid * 5 + major) % 300);
}

async function stopAll({ folder, account }: Run, launched: readonly Launched[]): Promise<void> {
  await Promise.all(launched.map(({ bin, dataDir }) => stopServer({ bin, dataDir, account }, 'immediate')));
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** A temporary folder that the server's account can reach, which a private TMPDIR is not; where it is to be had, in one of the preferred places. */
export async function makeRunFolder(preferred: readonly (string | undefined)[] = []): Promise<string> {
  for (const place of new Set([...preferred, os.tmpdir(), '/tmp', '/var/tmp'])) {
    if (place === undefined) continue;
    const folder = fs.mkdtempSync(path.join(place, `lockstep-test-${process.pid}-`));
    fs.chmodSync(folder, 0o755);
    if (await canHoldData(folder, findAccount())) return folder;
    fs.rmSync(folder, { recursive: true, force: true });
  }
  throw new Error('no temporary folder can hold the data of the test servers');
}

/** A run that was killed could not stop its servers. */
async function sweepDeadRuns(): Promise<void> {
  for (const place of [os.tmpdir(), MEMORY].filter((it) => fs.existsSync(it))) {
    for (const name of fs.readdirSync(place)) {
      const pid = Number(/^lockstep-test-(\d+)-/.exec(name)?.[1]);
      if (pid > 0 && !isAlive(pid)) await sweep(path.join(place, name));
    }
  }
}

async function sweep(folder: string): Promise<void> {
  try {
    const inside = fs.readdirSync(folder).map((name) => path.join(folder, name));
    for (const dataDir of inside.flatMap((place) => [place, path.join(place, '.lockstep', 'pg18')])) await endServer(dataDir);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // Another run sweeps too; what is left goes with the next one.
  }
}

/** Without the programs, which may have been removed since. */
export async function endServer(dataDir: string): Promise<void> {
  const state = await readServerState(dataDir);
  if (state.kind !== 'down') process.kill(state.pid, 'SIGQUIT');
  while ((await readServerState(dataDir)).kind !== 'down') await sleep(20);
}

function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/stat`;
  if (process.platform === 'linux') return fs.existsSync(status) && !/\) [ZX]/.test(fs.readFileSync(status, 'utf8'));
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
