import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { findAccount } from '../src/dev-server/account.ts';
import { findDevBinaries } from '../src/dev-server/binaries.ts';
import { readPassword } from '../src/dev-server/init-data.ts';
import { startServer, stopServer } from '../src/dev-server/start-server.ts';
import { usableBin } from '../src/dev-server/usable-binaries.ts';

/** A server of the benchmark's own, with fsync on, as a real one has it. */
export interface BenchServer {
  readonly port: number;
  readonly password: string;
  readonly version: string;
  /** Where the contenders live. */
  readonly folder: string;
  /** An empty database, after a CHECKPOINT: what the last contender wrote is not the next one's burden. */
  readonly createDatabase: (name: string) => Promise<void>;
}

const FIRST_PORT = 25_010;

export async function withServer<T>(body: (server: BenchServer) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-bench-'));
  fs.chmodSync(folder, 0o755);
  const account = findAccount();
  const bin = await usableBin(findDevBinaries([import.meta.url]), { account, stage: folder });
  const spec = { major: 18, bin, dataDir: path.join(folder, 'pg18'), account, port: FIRST_PORT, maxConnections: 50, isDurable: true };
  try {
    await allowManyTables(spec);
    const { port } = await startServer(spec);
    const admin = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password: readPassword(spec.dataDir), database: 'postgres' });
    await admin.connect();
    try {
      return await body(await describe(admin, folder));
    } finally {
      await admin.end();
    }
  } finally {
    await stopServer(spec, 'immediate');
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Stock Knex makes all pending tables in one transaction, and each is a lock (manual: runtime-config-locks). */
async function allowManyTables(spec: Parameters<typeof startServer>[0]): Promise<void> {
  await startServer(spec);
  await stopServer(spec, 'immediate');
  fs.appendFileSync(path.join(spec.dataDir, 'postgresql.auto.conf'), 'max_locks_per_transaction = 2048\n');
}

async function describe(admin: pg.Client, folder: string): Promise<BenchServer> {
  const { rows } = await admin.query<{ server_version: string }>('SHOW server_version');
  return {
    folder,
    port: admin.port,
    password: String(admin.password),
    version: rows[0]?.server_version ?? '',
    createDatabase: async (name) => {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
      await admin.query('CHECKPOINT');
    },
  };
}
