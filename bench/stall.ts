import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, nodeRuns, ours, stockKnex } from './contenders.ts';
import { measure, median } from './measure.ts';
import type { BenchMigration } from './migrations.ts';
import { connect, type Latency, now, type Place, startLoad, startReader } from './open-loop.ts';
import { type BenchServer, withServer } from './server.ts';
import { type StallRun, stallPage } from './stall-page.ts';

export interface StallOptions {
  readonly runs: number;
  readonly rows: number;
  readonly tell: (text: string) => void;
}

const READER_S = 9;
const TABLE = 'account';
// Written in the same way at the same time, and never migrated: what keeps these writers waiting, as a machine that stands still or a
// process that starts, is no lock.
const WITNESS = 'witness';
const QUIET_MS = 8_000;
// Who was kept waiting is late for a while: that is the migration's doing as well, and no noise.
const CATCH_UP_MS = 2_000;
const WARM_UP_MS = 5_000;
// It stalls everybody for as long as the reader reads; there is no need to see that twenty times.
const STOCK_RUNS = 3;

// What is measured is the wait for the lock: the operator has a snapshot of his own.
// In pieces, because build.mjs replaces the whole word in this file too.
const HERE = ['import', 'meta', 'dirname'].join('.');
const KNEXFILE = `import { defineProject, knexConfig } from 'lockstep';
export const project = defineProject({ root: ${HERE}, production: { backup: { external: 'bench' } } });
export default knexConfig(project);
`;

/** Adds a column under a steady load of writers, with a long reader in front. Returns a section of the page. */
export function benchStalls({ runs, rows, tell }: StallOptions): Promise<string> {
  return withServer(async (server) => {
    const own = ours(server);
    writeFileSync(path.join(own.cwd, 'knexfile.ts'), KNEXFILE);
    const contenders = [{ ...own, command: nodeRuns('run.mjs', { apply: ['migrate-up', '--env', 'production'] }) }, stockKnex(server)];
    const measured: StallRun[] = [];
    for (const contender of contenders) await fill(server, contender, rows);
    for (let number = 1; number <= runs; number += 1) {
      for (const contender of number <= STOCK_RUNS ? contenders : contenders.slice(0, 1)) {
        const run = await runOnce(server, { contender, number, rows });
        tell(`${contender.name} ${number}: stall ${Math.round(run.stall)} ms, noise ${Math.round(run.noise)} ms\n`);
        measured.push(run);
      }
    }
    return stallPage(measured, { rows, readerSeconds: READER_S, quietSeconds: QUIET_MS / 1000, serverVersion: server.version, median });
  });
}

export const placeOf = ({ port, password }: BenchServer, database: string): Place => ({
  host: '127.0.0.1',
  port,
  user: 'postgres',
  password,
  database,
});

async function fill(server: BenchServer, { database }: Contender, rows: number): Promise<void> {
  await server.createDatabase(database);
  const client = await connect(placeOf(server, database));
  for (const table of [TABLE, WITNESS]) {
    await client.query(`CREATE TABLE ${table} (id bigint PRIMARY KEY, name text, balance bigint NOT NULL DEFAULT 0)`);
    await client.query(`INSERT INTO ${table} (id, name) SELECT i, 'customer ' || i FROM generate_series(1, ${rows}) i`);
    await client.query(`VACUUM ANALYZE ${table}`);
  }
  await client.query('CHECKPOINT');
  await client.end();
}

interface Task {
  readonly contender: Contender;
  readonly number: number;
  readonly rows: number;
}

const columns = (count: number): readonly BenchMigration[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `${String(i + 1).padStart(4, '0')}_add_column`,
    up: `ALTER TABLE ${TABLE} ADD COLUMN c${i + 1} int;\n`,
    down: `ALTER TABLE ${TABLE} DROP COLUMN c${i + 1};\n`,
  }));

async function runOnce(server: BenchServer, { contender, number, rows }: Task): Promise<StallRun> {
  contender.layOut(columns(number), number - 1);
  const place = placeOf(server, contender.database);
  const load = await startLoad(place, { tables: [TABLE, WITNESS], rows });
  await sleep(WARM_UP_MS);
  const warm = now();
  await sleep(QUIET_MS);
  const reader = await startReader(place, READER_S);
  const from = now();
  const took = await measure(contender, 'apply', { isElsewhere: true });
  const to = now();
  await reader.end;
  await sleep(CATCH_UP_MS + QUIET_MS);
  const latencies = (await load.stop()).filter(({ due }) => due >= warm);
  const longest = (those: (latency: Latency) => boolean): number => Math.max(...latencies.filter(those).map((latency) => latency.ms));
  const isStall = ({ table, due, ms: took }: Latency): boolean => table === TABLE && due + took >= from && due <= to + CATCH_UP_MS;
  return { contender: contender.name, stall: longest(isStall), noise: longest((one) => !isStall(one)), duration: took?.ms ?? Number.NaN };
}
