import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** How long one update took, from the moment at which it was due: who is kept waiting cannot hide it by asking less. */
export interface Latency {
  readonly table: string;
  /** When it was due, as of `now()`. */
  readonly due: number;
  readonly ms: number;
}

export interface Load {
  /** Ends it, and tells what every update had to wait. */
  readonly stop: () => Promise<readonly Latency[]>;
}

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Milliseconds since 1970, with the resolution of `performance.now()`; the same in every process. */
export const now = (): number => performance.timeOrigin + performance.now();

const WRITERS = 8;
const EVERY_MS = 40;
const PROGRAM = fileURLToPath(new URL('./writers.mjs', import.meta.url));

interface Tables {
  readonly tables: readonly string[];
  /** Of each. */
  readonly rows: number;
}

/** Writers at a steady rate, as many for each table. Resolves when they have begun. */
export async function startLoad({ host, port, user, password, database }: Place, { tables, rows }: Tables): Promise<Load> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [PROGRAM, tables.join(), ...[rows, WRITERS, EVERY_MS].map(String)], {
    env: { PATH, PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  return {
    stop: async () => {
      child.stdin.end();
      await closed;
      const waits = JSON.parse(printed.slice('begun\n'.length)) as readonly (readonly [number, number, number])[];
      return waits.map(([due, ms, table]) => ({ due, ms, table: tables[table] ?? '' }));
    },
  };
}

/** Reads the table in one statement that takes so long. Resolves when it has begun. */
export async function startReader(place: Place, seconds: number): Promise<{ readonly end: Promise<void> }> {
  const client = await connect(place);
  const end = client.query('SELECT count(*), pg_sleep($1) FROM (SELECT FROM account LIMIT 1) one', [seconds]).then(() => client.end());
  for (let isReading = false; !isReading; ) {
    await sleep(20);
    const other = await connect(place);
    const { rowCount } = await other.query("SELECT FROM pg_locks WHERE relation = 'account'::regclass AND mode = 'AccessShareLock'");
    await other.end();
    isReading = (rowCount ?? 0) > 0;
  }
  return { end };
}

export async function connect(place: Place): Promise<pg.Client> {
  const client = new pg.Client(place);
  await client.connect();
  return client;
}
