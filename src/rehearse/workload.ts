import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { connect } from '../pg/connect.ts';

/** One read or write of the workload. Times are those of `performance.now()`. */
export interface Operation {
  readonly kind: 'read' | 'write';
  /** `UPDATE on public.users` */
  readonly what: string;
  /** Those that it uses. */
  readonly tables: readonly string[];
  /** When it should have begun: what it waited for its turn counts as well. */
  readonly dueAt: number;
  readonly endedAt: number;
}

/** Something that readers, or writers, do again and again. */
export interface Work extends Pick<Operation, 'kind' | 'what' | 'tables'> {
  /** The next of its kind. */
  readonly next: () => { readonly text: string; readonly values?: readonly (string | null)[] };
}

export const oneOf = <T>(all: readonly T[]): T | undefined => all[Math.floor(Math.random() * all.length)];

/** Readers and writers at work. */
export interface Workload {
  readonly operations: readonly Operation[];
  /** What operations failed over. */
  readonly failures: ReadonlySet<string>;
  /** Ends when their last operations have. */
  readonly stop: () => Promise<void>;
}

const KINDS = ['write', 'read', 'write', 'read'] as const;
/** Each of them has something to do so often. */
const EVERY_MS = 10;

/** Two writers and two readers, each on a connection of its own, take what is to be done in turn until they are stopped. */
export async function startWorkload(settings: ConnectionSettings, works: readonly Work[], hide: Hide): Promise<Workload> {
  const operations: Operation[] = [];
  const failures = new Set<string>();
  const over = new AbortController();
  const kinds = KINDS.filter((kind) => works.some((one) => one.kind === kind));
  const clients = await Promise.all(kinds.map((kind) => connect(settings, `lockstep load ${kind}`)));
  const working = clients.map((client, i) => {
    const own = works.filter(({ kind }) => kind === kinds[i]);
    return work(client, own, { operations, failures, over: over.signal, hide });
  });
  return {
    operations,
    failures,
    stop: async () => {
      over.abort();
      await Promise.all(working);
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
    },
  };
}

/** What may be told of an error: values of real rows may not. */
export type Hide = (error: Error) => string;

interface Doing {
  readonly operations: Operation[];
  readonly failures: Set<string>;
  readonly over: AbortSignal;
  readonly hide: Hide;
}

async function work(client: Client, works: readonly Work[], { operations, failures, over, hide }: Doing): Promise<void> {
  let dueAt = performance.now();
  for (let n = 0; !over.aborted; n += 1) {
    const wait = dueAt - performance.now();
    if (wait > 0) await sleep(wait);
    const one = works[n % works.length];
    if (!one) return;
    const { kind, what, tables } = one;
    const { text, values = [] } = one.next();
    await client.query(text, values.length > 0 ? [...values] : undefined).catch((error: Error) => failures.add(`${what}: ${hide(error)}`));
    const endedAt = performance.now();
    operations.push({ kind, what, tables, dueAt, endedAt });
    // What fell due behind one that stalled has waited less than that: it is left out, so that the queue is no longer than in production.
    dueAt = Math.max(dueAt + EVERY_MS, endedAt);
  }
}
