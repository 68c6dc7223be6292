import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { type Account, accountName, findAccount } from './account.ts';
import { findDevBinaries } from './binaries.ts';
import { chooseDataDir, findDataDir, placesOf } from './data-places.ts';
import { adoptData, readPassword, removeData, removeLeftovers } from './init-data.ts';
import { withMachineLock } from './machine-lock.ts';
import { foreignData } from './server-refusals.ts';
import { logFileOf, readServerState, type ServerSpec } from './server-state.ts';
import { startServer, stopServer } from './start-server.ts';
import { removeStaged, usableBin } from './usable-binaries.ts';

/** The embedded PostgreSQL of a project, running. */
export interface DevServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly major: 18;
  /** False when this call started it. */
  readonly wasRunning: boolean;
}

// Below 32768: above it another process's outgoing connection may have the number.
const FIRST_PORT = 24_230;
const PORT_COUNT = 300;

/** Where the package of the server's programs may be seen from. */
const placesFrom = (root: string): readonly string[] => [root, import.meta.url];

/** Finds the server in milliseconds, or starts it, making its data folder first. Refuses where there is no server to start, or with PostgreSQL's own words. */
export async function startDevServer(root: string, from = placesFrom(root)): Promise<DevServer> {
  const running = await findDevServer(root);
  if (running) return running;
  const binaries = findDevBinaries(from);
  const dataDir = await chooseDataDir(placesOf(root));
  return withMachineLock(dataDir, async () => {
    const winner = await readDevServer(dataDir);
    if (winner) return winner;
    removeLeftovers(dataDir);
    const account = findAccount(dataDir);
    const bin = await usableBin(binaries, { account, stage: placesOf(root).fallback });
    adoptData(dataDir, account);
    const { port } = await startServer(specOf(dataDir, bin, account));
    return describeServer(dataDir, { port, wasRunning: false });
  });
}

/** The server of an earlier command, if it runs and answers. */
export async function findDevServer(root: string): Promise<DevServer | undefined> {
  const dataDir = findDataDir(placesOf(root));
  return dataDir ? readDevServer(dataDir) : undefined;
}

/** Ends the server and keeps its data; false when none runs. */
export const stopDevServer = (root: string): Promise<boolean> => withData(root, (dataDir) => stopIn(dataDir, root, 'fast'));

/** Ends the server and deletes its data; false when there is none. */
export async function resetDevServer(root: string): Promise<boolean> {
  return withData(root, async (dataDir) => {
    await stopIn(dataDir, root, 'immediate');
    removeData(dataDir);
    removeLeftovers(dataDir);
    removeStaged(placesOf(root).fallback);
    return true;
  });
}

async function stopIn(dataDir: string, root: string, mode: 'fast' | 'immediate'): Promise<boolean> {
  const { kind } = await readServerState(dataDir);
  if (kind === 'down') return false;
  const account = findAccount(dataDir);
  const bin = await usableBin(findDevBinaries(placesFrom(root)), { account, stage: placesOf(root).fallback });
  return stopServer({ bin, dataDir, account }, mode);
}

/** Under the lock; false when there is no data folder. */
async function withData(root: string, work: (dataDir: string) => Promise<boolean>): Promise<boolean> {
  const dataDir = findDataDir(placesOf(root));
  if (!dataDir) return false;
  refuseForeign(dataDir);
  return withMachineLock(dataDir, () => work(dataDir));
}

function specOf(dataDir: string, bin: string, account: Account | undefined): ServerSpec {
  const hash = createHash('sha256').update(dataDir).digest().readUInt32BE();
  // The same first port for the same folder: saved connections of other programs go on working.
  const port = FIRST_PORT + (hash % PORT_COUNT);
  return { major: 18, bin, dataDir, account, port, maxConnections: 100, isDurable: true };
}

async function readDevServer(dataDir: string): Promise<DevServer | undefined> {
  refuseForeign(dataDir);
  const state = await readServerState(dataDir);
  return state.kind === 'running' ? describeServer(dataDir, { port: state.port, wasRunning: true }) : undefined;
}

function describeServer(dataDir: string, found: Pick<DevServer, 'port' | 'wasRunning'>): DevServer {
  return {
    host: '127.0.0.1',
    user: 'postgres',
    major: 18,
    password: readPassword(dataDir),
    dataDir,
    logFile: logFileOf(dataDir),
    ...found,
  };
}

function refuseForeign(dataDir: string): void {
  const folder = fs.statSync(dataDir, { throwIfNoEntry: false });
  if (folder && !isReadable(dataDir)) throw foreignData(dataDir, accountName(folder.uid));
}

function isReadable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.X_OK);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EACCES');
  }
}
