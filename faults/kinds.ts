import { setTimeout as sleep } from 'node:timers/promises';
import type { Victim } from './runner.ts';
import type { FaultServer } from './server.ts';
import type { Wire, WireProxy } from './wire-proxy.ts';

export const KINDS = ['kill', 'reset', 'drop', 'terminate', 'crash', 'freeze', 'rival', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const;
export type Kind = (typeof KINDS)[number];

/** Who takes part in a point. */
export interface Scene {
  readonly server: FaultServer;
  readonly database: string;
  readonly runner: Victim;
  readonly proxy: WireProxy;
  /** Starts a second runner with the same command. */
  readonly startRival: () => void;
}

/**
 * Instead of 60 s, in the messages of runs that are dropped or frozen; as long as the text it stands for. A runner that loads a code
 * migration while the processors are busy must not be taken for one that is gone.
 */
export const SHORT_IDLE_LIMIT_MS = 9_000;
const RIVAL_HEAD_START_MS = 200;

/** Points of these kinds mostly wait, so many of them run at once. */
export const isWaiting = (kind: Kind): boolean => kind === 'drop' || kind === 'freeze';

/** The runner itself does not outlive these. */
export const spendsRunner = (kind: Kind): boolean => kind === 'kill' || kind === 'drop' || kind.startsWith('SIG');

/** Does to a run what the kind says. */
export async function strike(kind: Kind, scene: Scene, at: Wire): Promise<void> {
  switch (kind) {
    case 'kill':
      return scene.runner.kill();
    case 'reset':
      return scene.proxy.reset();
    case 'drop':
      scene.proxy.mute();
      return scene.runner.kill();
    case 'terminate':
      return terminate(scene, at);
    case 'crash':
      return scene.server.crash();
    case 'freeze':
      scene.runner.signal('SIGSTOP');
      return awaitGone(scene, at, SHORT_IDLE_LIMIT_MS + 1_500);
    case 'rival':
      scene.startRival();
      return void (await sleep(RIVAL_HEAD_START_MS));
    default:
      scene.runner.signal(kind);
      return void (await sleep(20));
  }
}

/** Before the server has told its pid there is nobody to terminate yet: the connection is cut instead. */
async function terminate(scene: Scene, at: Wire): Promise<void> {
  if (at.pid === undefined) return scene.proxy.reset();
  await scene.server.query('postgres', 'SELECT pg_terminate_backend($1)', [at.pid]);
  await awaitGone(scene, at, 5_000);
}

async function awaitGone({ server }: Scene, { pid }: Wire, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  const isThere = async (): Promise<boolean> =>
    (await server.query('postgres', 'SELECT FROM pg_stat_activity WHERE pid = $1', [pid ?? 0])).length > 0;
  while (pid !== undefined && Date.now() < deadline && (await isThere())) await sleep(limitMs > 4_000 ? 100 : 10);
}

/** How long a hindered statement is kept from finishing after the blow, in case the server is to find out by itself. */
const HINDER_MS: Readonly<Partial<Record<Kind, number>>> = { kill: 3_000, reset: 3_000, terminate: 1_000, crash: 0, drop: 0 };

/** Somebody's open transaction on the tables: what is CONCURRENTLY waits for its end, half-done. */
export class Hindrance {
  private client: Awaited<ReturnType<FaultServer['connect']>> | undefined;

  async begin({ server, database }: Scene): Promise<void> {
    this.client = await server.connect(database);
    await this.client.query('BEGIN; LOCK TABLE person, event IN ROW EXCLUSIVE MODE');
  }

  /** Waits until the statement waits. */
  async awaitWaiting(scene: Scene, { pid }: Wire): Promise<void> {
    for (let i = 0; i < 40 && !(await isWaitingForLock(scene, pid)); i += 1) await sleep(5);
  }

  async end(scene: Scene, pid: number | undefined, kind: Kind): Promise<void> {
    const deadline = Date.now() + (HINDER_MS[kind] ?? 300);
    while (Date.now() < deadline && (await isWaitingForLock(scene, pid))) await sleep(20);
    await this.client?.end().catch(() => {});
  }
}

async function isWaitingForLock({ server }: Scene, pid: number | undefined): Promise<boolean> {
  const sql = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
  return pid !== undefined && (await server.query('postgres', sql, [pid])).length > 0;
}
