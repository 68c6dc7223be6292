import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverBusy } from './server-refusals.ts';

const PATIENCE_MS = 180_000;
const POLL_MS = 25;

type Release = () => Promise<void>;

/**
 * Runs `work` while no other process of this machine works on the same data folder.
 * The kernel drops the lock with its holder, however that dies, so a lock left over does not exist. Refuses after three minutes.
 */
export async function withMachineLock<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const release = await acquire(dataDir);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Runs `work` where no other process holds the lock, without a wait. @returns undefined where one does */
export async function whereUnlocked<T>(dataDir: string, work: () => Promise<T>): Promise<T | undefined> {
  const release = await tryAcquire(dataDir);
  return release && work().finally(release);
}

async function acquire(dataDir: string): Promise<Release> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const release = await tryAcquire(dataDir);
    if (release) return release;
    await sleep(POLL_MS);
  }
  throw serverBusy(dataDir, []);
}

function tryAcquire(dataDir: string): Promise<Release | undefined> {
  const name = `lockstep-${createHash('sha256').update(dataDir).digest('hex').slice(0, 24)}`;
  if (process.platform === 'linux') return tryListen(`\0${name}`);
  if (process.platform === 'win32') return tryListen(`\\\\.\\pipe\\${name}`);
  return tryOpen(`${dataDir}.lock`);
}

/** An abstract socket (Linux) or a named pipe (Windows): one listener per name. */
function tryListen(name: string): Promise<Release | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(name, () => resolve(() => new Promise((closed) => server.close(() => closed()))));
  });
}

/** macOS and BSD open a file and lock it in one step. */
async function tryOpen(file: string): Promise<Release | undefined> {
  const O_EXLOCK = 0x20;
  const { O_RDWR, O_CREAT, O_NONBLOCK } = fs.constants;
  try {
    const handle = fs.openSync(file, O_RDWR | O_CREAT | O_NONBLOCK | O_EXLOCK, 0o600);
    return async () => fs.closeSync(handle);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}
