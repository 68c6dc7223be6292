import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, ours } from './contenders.ts';
import { measure, median } from './measure.ts';
import type { BenchMigration } from './migrations.ts';
import { connect, type Place, startLoad } from './open-loop.ts';
import { type BenchServer, withServer } from './server.ts';

export interface BackfillBench {
  readonly rounds: number;
  readonly rows: number;
  readonly tell: (text: string) => void;
}

const QUIET_MS = 8_000;
const TABLE = 'account';
const SET = `UPDATE ${TABLE} SET balance = balance + 1`;
const EMPTY: BenchMigration = { name: '0001_nothing', up: 'SELECT 1;\n', down: 'SELECT 1;\n' };
const backfill = (options: string): BenchMigration => ({
  name: '0002_fill',
  up: `-- part: backfill${options}\n${SET};\n`,
  down: '-- empty: nothing\n',
});

interface Measured {
  readonly plain: number;
  readonly full: number;
  /** The 99th percentile of what writers wait, without and beside a backfill. */
  readonly quiet: number;
  readonly beside: number;
}

/** How fast rows go in batches against one statement, and what that costs those who write the same table. Returns a section of the page. */
export function benchBackfills({ rounds, rows, tell }: BackfillBench): Promise<string> {
  return withServer(async (server) => {
    const own = ours(server);
    // It builds itself.
    await measure(own, 'start');
    const measured: Measured[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const one = { ...(await speeds(server, own, rows)), ...(await waits(server, own, rows)) };
      tell(
        `Backfill, round ${round + 1} of ${rounds}: ${JSON.stringify(one, (_, value) => (typeof value === 'number' ? Math.round(value) : value))}\n`,
      );
      measured.push(one);
    }
    return backfillsPage(measured, { rows, version: server.version });
  });
}

/** Both on a table that is as it was filled. What a start of the program takes is not the backfill's. */
async function speeds(server: BenchServer, own: Contender, rows: number): Promise<Pick<Measured, 'plain' | 'full'>> {
  await fill(server, own, rows);
  const client = await connect(placeOf(server, own));
  const startedAt = performance.now();
  await client.query(SET);
  const plain = performance.now() - startedAt;
  await client.end();
  await fill(server, own, rows);
  return { plain, full: await apply(own, backfill('')) };
}

/** The time of the migration beyond that of one that does nothing. */
async function apply(own: Contender, migration: BenchMigration): Promise<number> {
  own.layOut([EMPTY], 0);
  const nothing = await measure(own, 'apply');
  own.layOut([EMPTY, migration], 1);
  const all = await measure(own, 'apply');
  return (all?.ms ?? Number.NaN) - (nothing?.ms ?? 0);
}

async function waits(server: BenchServer, own: Contender, rows: number): Promise<Pick<Measured, 'quiet' | 'beside'>> {
  await fill(server, own, rows);
  const place = placeOf(server, own);
  const before = await startLoad(place, { tables: [TABLE], rows });
  await sleep(QUIET_MS);
  const quiet = percentile(await before.stop());
  const during = await startLoad(place, { tables: [TABLE], rows });
  own.layOut([EMPTY, backfill('')], 0);
  await measure(own, 'apply', { isElsewhere: true });
  return { quiet, beside: percentile(await during.stop()) };
}

const percentile = (latencies: readonly { readonly ms: number }[]): number =>
  latencies.map(({ ms }) => ms).toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;

const placeOf = ({ port, password }: BenchServer, { database }: Contender): Place => ({
  host: '127.0.0.1',
  port,
  user: 'postgres',
  password,
  database,
});

async function fill(server: BenchServer, own: Contender, rows: number): Promise<void> {
  await server.createDatabase(own.database);
  const client = await connect(placeOf(server, own));
  await client.query(`CREATE TABLE ${TABLE} (id bigint PRIMARY KEY, name text, balance bigint NOT NULL DEFAULT 0)`);
  await client.query(`INSERT INTO ${TABLE} (id, name) SELECT i, 'customer ' || i FROM generate_series(1, ${rows}) i`);
  await client.query(`VACUUM ANALYZE ${TABLE}`);
  await client.query('CHECKPOINT');
  await client.end();
}

function backfillsPage(measured: readonly Measured[], { rows, version }: { readonly rows: number; readonly version: string }): string {
  const of = (read: (one: Measured) => number): number => median(measured.map(read));
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `## Backfills

Measured by \`npm run bench -- --backfill\` on ${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version} with fsync on: \`${SET}\` over ${rows.toLocaleString('en')} rows, medians of ${measured.length}; writers update
single rows of the same table at a steady rate.

| | |
|---|---:|
| one statement | ${seconds(of(({ plain }) => plain))} |
| the same in batches | ${seconds(of(({ full }) => full))} |
| rows a second, as a part of the statement's | ${of(({ plain, full }) => plain / full).toFixed(2)} |
| 99th percentile of a writer's wait, nothing else going on | ${of(({ quiet }) => quiet).toFixed(1)} ms |
| the same beside the backfill | ${of(({ beside }) => beside).toFixed(1)} ms |
| as a multiple | ${of(({ quiet, beside }) => beside / quiet).toFixed(2)} |
`;
}
