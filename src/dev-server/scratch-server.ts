import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { namesIn, removeFolder } from '../files/disk.ts';
import { findAccount } from './account.ts';
import { canHoldData, placesOf } from './data-places.ts';
import type { DevServer } from './dev-server.ts';
import { readPassword } from './init-data.ts';
import { whereUnlocked } from './machine-lock.ts';
import { findScratchBinaries } from './scratch-binaries.ts';
import { noDataFolder } from './server-refusals.ts';
import { startServer, stopServer } from './start-server.ts';
import { usableBin } from './usable-binaries.ts';

/** A server of one's own that nobody else knows of. */
export interface ScratchServer extends Pick<DevServer, 'host' | 'port' | 'user' | 'password'> {
  readonly major: number;
}

const FIRST_PORT = 25_100;
const PREFIX = 'lockstep-scratch-';

/**
 * Starts an empty server in a temporary folder, hands it over, and removes it with all that is in it. What a killed run left is removed first.
 * @param major that is wanted; the nearest one that is there is taken
 */
export async function withScratchServer<T>(root: string, body: (server: ScratchServer) => Promise<T>, major?: number): Promise<T> {
  const binaries = findScratchBinaries(major, [root, import.meta.url]);
  await removeAbandoned(binaries.bin);
  return withScratchFolder(async (folder) => {
    const account = findAccount();
    const bin = await usableBin(binaries, { account, stage: placesOf(root).fallback });
    const dataDir = path.join(folder, DATA);
    const spec = {
      major: binaries.major,
      bin,
      dataDir,
      account,
      port: FIRST_PORT + (process.pid % 100),
      maxConnections: 20,
      isDurable: false,
    };
    try {
      const { port } = await startServer(spec);
      return await body({ host: '127.0.0.1', port, user: 'postgres', password: readPassword(dataDir), major: binaries.major });
    } finally {
      await stopServer(spec, 'immediate');
    }
  });
}

const DATA = 'data';

/** A name for a folder in a place, and its end. While this process lives nobody else may take it for abandoned. */
function inFolder<T>(place: string, body: (folder: string) => Promise<T>): Promise<T | undefined> {
  const folder = path.join(place, `${PREFIX}${randomBytes(6).toString('hex')}`);
  return whereUnlocked(folder, async () => {
    try {
      return await body(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}

async function withScratchFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  for (const place of places()) {
    const done = await inFolder(place, async (folder) => ((await canHold(folder)) ? { result: await body(folder) } : undefined));
    if (done) return done.result;
  }
  throw noDataFolder(places());
}

/** A temporary folder for this process; what a killed one leaves, the next scratch server removes with its own. */
export async function withTemporaryFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const done = await inFolder(os.tmpdir(), async (folder) => {
    mkdirSync(folder, { mode: 0o700 });
    return { result: await body(folder) };
  });
  if (!done) throw new Error('another process has a folder of the same random name');
  return done.result;
}

const places = (): readonly string[] => [...new Set([os.tmpdir(), '/tmp', '/var/tmp'])];

/** The server's account must reach it, which a private TMPDIR does not let it. */
async function canHold(folder: string): Promise<boolean> {
  try {
    mkdirSync(folder);
  } catch {
    return false;
  }
  chmodSync(folder, 0o755);
  return canHoldData(path.join(folder, 'probe'), findAccount());
}

/** Servers and folders whose run was killed: the kernel has dropped its lock. Others' stay. */
async function removeAbandoned(bin: string): Promise<void> {
  const left = places().flatMap((place) =>
    namesIn(place)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => path.join(place, name)),
  );
  for (const folder of left.filter(isOwn))
    await whereUnlocked(folder, async () => {
      await stopServer({ bin, dataDir: path.join(folder, DATA), account: findAccount() }, 'immediate').catch(() => {});
      removeFolder(folder);
    });
}

function isOwn(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.uid === (process.getuid?.() ?? found.uid);
}
