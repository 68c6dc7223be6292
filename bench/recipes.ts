import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, nodeRuns, ours } from './contenders.ts';
import { measure } from './measure.ts';
import { connect, type Latency, now, startLoad } from './open-loop.ts';
import { recipesPage, type Waited } from './recipes-page.ts';
import { type BenchServer, withServer } from './server.ts';
import { placeOf } from './stall.ts';

export interface RecipeBench {
  readonly rows: number;
  readonly tell: (text: string) => void;
}

const TABLE = 'account';
// Written in the same way at the same time, and never changed: what keeps these writers waiting is no lock.
const WITNESS = 'witness';
const WARM_UP_MS = 5_000;
const QUIET_MS = 8_000;
// Who was kept waiting is late for a while.
const CATCH_UP_MS = 2_000;
const STEPS = ['expand', 'backfill', 'prepare', 'swap', 'contract'];

// As production waits for locks, without its backups.
// In pieces, because build.mjs replaces the whole word in this file too.
const HERE = ['import', 'meta', 'dirname'].join('.');
const KNEXFILE = `import { defineProject, knexConfig } from 'lockstep';
export const project = defineProject({ root: ${HERE}, test: { lockTimeoutMs: 200, lockRetryForMs: 60_000 } });
export default knexConfig(project);
`;

interface Window {
  readonly step: string;
  readonly from: number;
  readonly to: number;
}

/** An integer key becomes a bigint while others write the table: by the files of the recipe, and by one statement. Returns a section of the page. */
export function benchRecipes({ rows, tell }: RecipeBench): Promise<string> {
  return withServer(async (server) => {
    const own = ours(server);
    writeFileSync(path.join(own.cwd, 'knexfile.ts'), KNEXFILE);
    const measured: Waited[] = [];
    for (const change of [() => bySteps(own), () => atOnce(server, own)])
      for (const one of await underLoad(server, { own, rows, change })) {
        tell(
          `${one.step}: longest wait ${Math.round(one.stall)} ms, noise ${Math.round(one.noise)} ms, took ${Math.round(one.duration)} ms\n`,
        );
        measured.push(one);
      }
    return recipesPage(measured, { rows, quietSeconds: QUIET_MS / 1000, serverVersion: server.version });
  });
}

interface Task {
  readonly own: Contender;
  readonly rows: number;
  readonly change: () => Promise<readonly Window[]>;
}

async function underLoad(server: BenchServer, { own, rows, change }: Task): Promise<readonly Waited[]> {
  await fill(server, own, rows);
  // The modules of the files that a run before has written.
  rmSync(path.join(own.cwd, 'migrations'), { recursive: true, force: true });
  own.layOut([{ name: '001_nothing', up: 'SELECT 1;\n', down: 'SELECT 1;\n' }], 0);
  await measure(own, 'apply');
  const load = await startLoad(placeOf(server, own.database), { tables: [TABLE, WITNESS], rows });
  await sleep(WARM_UP_MS);
  const quiet: Window = { step: 'nothing', from: now(), to: now() + QUIET_MS };
  await sleep(QUIET_MS);
  const windows = await change();
  const latencies = await load.stop();
  return [quiet, ...windows].map((window) => waitedIn(window, latencies));
}

function waitedIn({ step, from, to }: Window, latencies: readonly Latency[]): Waited {
  const of = (wanted: string): number =>
    Math.max(...latencies.filter(({ table, due, ms }) => table === wanted && due + ms >= from && due <= to).map(({ ms }) => ms));
  return { step, stall: of(TABLE), noise: of(WITNESS), duration: to - from };
}

/** Each file by a command of its own, as a deploy does it. */
async function bySteps(own: Contender): Promise<readonly Window[]> {
  const run = (...words: readonly string[]) =>
    measure({ ...own, command: nodeRuns('run.mjs', { apply: words }) }, 'apply', { isElsewhere: true });
  await run('migrate-make', '--env', 'test', '--recipe', 'change-type', `${TABLE}.id`, 'bigint');
  const windows: Window[] = [];
  for (const [i, step] of STEPS.entries()) {
    await sleep(CATCH_UP_MS);
    const from = now();
    await run('migrate-up', '--env', 'test', '--to', `00${i + 2}`);
    windows.push({ step, from, to: now() });
  }
  await sleep(CATCH_UP_MS);
  return windows;
}

async function atOnce(server: BenchServer, own: Contender): Promise<readonly Window[]> {
  const client = await connect(placeOf(server, own.database));
  const from = now();
  await client.query(`ALTER TABLE ${TABLE} ALTER COLUMN id TYPE bigint`);
  const to = now();
  await client.end();
  await sleep(CATCH_UP_MS);
  return [{ step: 'ALTER COLUMN id TYPE bigint', from, to }];
}

async function fill(server: BenchServer, own: Contender, rows: number): Promise<void> {
  await server.createDatabase(own.database);
  const client = await connect(placeOf(server, own.database));
  for (const table of [TABLE, WITNESS]) {
    await client.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, name text, balance bigint NOT NULL DEFAULT 0)`);
    await client.query(`INSERT INTO ${table} (id, name) SELECT i, 'customer ' || i FROM generate_series(1, ${rows}) i`);
    await client.query(`VACUUM ANALYZE ${table}`);
  }
  await client.query('CHECKPOINT');
  await client.end();
}
