import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How long one update took, from the moment at which it was due: who is kept waiting cannot hide it by asking less. */
export interface Latency {
  /** `performance.now()` when it was due. */
  readonly due: number;
  readonly ms: number;
}

export interface Load {
  readonly latencies: readonly Latency[];
  readonly stop: () => Promise<void>;
}

const WRITERS = 8;
const EVERY_MS = 40;

/** Writers at a steady rate, each with one connection and one update at a time; what is late queues. */
export async function startLoad(connection: pg.ClientConfig, rows: number): Promise<Load> {
  const latencies: Latency[] = [];
  let isOver = false;
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect(connection)));
  const write = async (client: pg.Client, offset: number): Promise<void> => {
    for (let due = performance.now() + offset; !isOver; due += EVERY_MS) {
      await sleep(Math.max(0, due - performance.now()));
      await client.query('UPDATE account SET balance = balance + 1 WHERE id = $1', [1 + Math.floor(Math.random() * rows)]);
      latencies.push({ due, ms: performance.now() - due });
    }
  };
  const all = Promise.all(writers.map((client, i) => write(client, (i * EVERY_MS) / WRITERS)));
  return {
    latencies,
    stop: async () => {
      isOver = true;
      await all;
      await Promise.all(writers.map((client) => client.end()));
    },
  };
}

/** Reads the table in one statement that takes so long. Resolves when it has begun. */
export async function startReader(connection: pg.ClientConfig, seconds: number): Promise<{ readonly end: Promise<void> }> {
  const client = await connect(connection);
  const end = client.query('SELECT count(*), pg_sleep($1) FROM (SELECT FROM account LIMIT 1) one', [seconds]).then(() => client.end());
  for (let isReading = false; !isReading; ) {
    await sleep(20);
    const other = await connect(connection);
    const { rowCount } = await other.query("SELECT FROM pg_locks WHERE relation = 'account'::regclass AND mode = 'AccessShareLock'");
    await other.end();
    isReading = (rowCount ?? 0) > 0;
  }
  return { end };
}

export async function connect(connection: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(connection);
  await client.connect();
  return client;
}
