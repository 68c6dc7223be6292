import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LockstepError } from '../model/lockstep-error.ts';
import { makeFolder } from './data-places.ts';
import { hasData, initData } from './init-data.ts';
import { runProgram } from './run-program.ts';
import { findServerProcesses, removePidFile } from './server-process.ts';
import { serverBusy, serverFailure } from './server-refusals.ts';
import { logFileOf, readServerState, type ServerSpec } from './server-state.ts';

const PATIENCE_S = 120;
const POLL_MS = 200;
const PORTS_TO_TRY = 100;
const LOG_LIMIT_BYTES = 10_000_000;

/** `held`: the server needs longer than pg_ctl waits, or backends of a killed one still hold its shared memory. */
type Launch = 'up' | 'port-taken' | 'held';

export interface RunningServer {
  readonly port: number;
  readonly pid: number;
}

/**
 * Starts the server of a data folder, made first where there is none, or finds it running; it outlives this process.
 * The caller sees to it that no other process starts the same folder. Refuses with PostgreSQL's own words.
 */
export async function startServer(spec: ServerSpec): Promise<RunningServer> {
  if (!hasData(spec.dataDir)) await makeData(spec);
  const deadline = Date.now() + PATIENCE_S * 1000;
  let port = spec.port;
  while (Date.now() < deadline) {
    const state = await readServerState(spec.dataDir);
    if (state.kind === 'running') return { port: state.port, pid: state.pid };
    const launched = state.kind === 'busy' ? 'held' : await launch(spec, port);
    if (launched === 'held') await sleep(POLL_MS);
    if (launched === 'port-taken') port += 1;
    const what = `No port from ${spec.port} to ${port - 1} is free for the development server`;
    if (port - spec.port >= PORTS_TO_TRY) throw serverFailure({ what, file: logFileOf(spec.dataDir), next: 'npm run db:start' });
  }
  throw serverBusy(spec.dataDir, findServerProcesses(spec.dataDir));
}

async function makeData(spec: ServerSpec): Promise<void> {
  const what = 'The data folder of the development server is not one of PostgreSQL: it has no PG_VERSION';
  if (fs.existsSync(spec.dataDir) && fs.readdirSync(spec.dataDir).length > 0)
    throw serverFailure({ what, file: spec.dataDir, next: 'npm run db:reset, which deletes this folder' });
  makeFolder(path.dirname(spec.dataDir));
  await initData(spec);
}

async function launch(spec: ServerSpec, port: number): Promise<Launch> {
  const log = logFileOf(spec.dataDir);
  // PostgreSQL takes the pid in a leftover for a live server when it is a zombie's or anybody else's, and refuses to start.
  removePidFile(spec.dataDir);
  shortenLog(log);
  const from = fs.statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const args = ['start', '-D', spec.dataDir, '-w', '-t', String(PATIENCE_S), '-s', '-l', log, '-o', `-p ${port}`];
  const { status, output } = await runProgram(path.join(spec.bin, 'pg_ctl'), args, { account: spec.account, leavesServer: true });
  if (status === 0) return 'up';
  const said = fs.existsSync(log) ? fs.readFileSync(log).subarray(from).toString('utf8') : '';
  if (said.includes('could not create any TCP/IP sockets')) return 'port-taken';
  const isComing = (await readServerState(spec.dataDir)).kind !== 'down';
  if (isComing || said.includes('is still in use')) return 'held';
  throw noStart(log, said || output);
}

function shortenLog(log: string): void {
  const size = fs.statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) fs.renameSync(log, `${log}.old`);
}

function noStart(log: string, said: string): LockstepError {
  const next = 'npm run db:start, once that is put right\nor npm run db:reset, which deletes the development data';
  return serverFailure({ what: 'The development server does not start', said, file: log, next });
}

/**
 * Stops the server of a data folder; false when none runs. `fast` ends the sessions and keeps everything; `immediate` is for data nobody wants any more.
 * Never signals a process that is not this folder's server. Refuses with PostgreSQL's own words.
 */
export async function stopServer(
  spec: Pick<ServerSpec, 'bin' | 'dataDir' | 'account'>,
  mode: 'fast' | 'immediate' = 'fast',
): Promise<boolean> {
  const { kind } = await readServerState(spec.dataDir);
  if (kind === 'down') return false;
  const args = ['stop', '-D', spec.dataDir, '-m', mode, '-w', '-t', String(PATIENCE_S), '-s'];
  const { status, output } = await runProgram(path.join(spec.bin, 'pg_ctl'), args, spec);
  const isDown = status === 0 || (await readServerState(spec.dataDir)).kind === 'down';
  const what = 'The development server does not stop';
  if (!isDown) throw serverFailure({ what, said: output, file: logFileOf(spec.dataDir), next: 'npm run db:stop' });
  return true;
}
