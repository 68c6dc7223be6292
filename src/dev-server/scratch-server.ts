import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findAccount } from './account.ts';
import { findDevBinaries } from './binaries.ts';
import { canHoldData, placesOf } from './data-places.ts';
import type { DevServer } from './dev-server.ts';
import { readPassword } from './init-data.ts';
import { noDataFolder } from './server-refusals.ts';
import { startServer, stopServer } from './start-server.ts';
import { usableBin } from './usable-binaries.ts';

/** A server of one's own that nobody else knows of. */
type ScratchServer = Pick<DevServer, 'host' | 'port' | 'user' | 'password'>;

const FIRST_PORT = 25_100;

/** Starts an empty embedded server in a temporary folder, hands it over, and removes it with all that is in it. */
export async function withScratchServer<T>(root: string, body: (server: ScratchServer) => Promise<T>): Promise<T> {
  const binaries = findDevBinaries([root, import.meta.url]);
  const folder = await makeScratchFolder();
  const account = findAccount();
  try {
    const bin = await usableBin(binaries, { account, stage: placesOf(root).fallback });
    const dataDir = path.join(folder, 'pg18');
    const spec = { major: 18, bin, dataDir, account, port: FIRST_PORT + (process.pid % 100), maxConnections: 20, isDurable: false };
    try {
      const { port } = await startServer(spec);
      return await body({ host: '127.0.0.1', port, user: 'postgres', password: readPassword(dataDir) });
    } finally {
      await stopServer(spec, 'immediate');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The server's account must reach it, which a private TMPDIR does not let it. */
async function makeScratchFolder(): Promise<string> {
  const places = [...new Set([os.tmpdir(), '/tmp', '/var/tmp'])];
  for (const place of places) {
    const folder = mkdtempSync(path.join(place, 'lockstep-scratch-'));
    chmodSync(folder, 0o755);
    if (await canHoldData(path.join(folder, 'probe'), findAccount())) return folder;
    rmSync(folder, { recursive: true, force: true });
  }
  throw noDataFolder(places);
}
