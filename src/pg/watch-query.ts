import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import type { Journey } from '../model/journey.ts';
import type { Phase } from '../model/phase.ts';
import { ask, type Question } from './ask.ts';
import { cancelQuery } from './cancel.ts';
import { connect } from './connect.ts';
import { phaseQuestion } from './phase.ts';
import { protocolPid } from './session.ts';

const LOOK_MS = 1_000;

// PostgreSQL lets a COMMIT wait for ever for a standby that is named and does not come (manual: warm-standby, Synchronous Replication).
const standbyQuestion = (pid: number): Question<string | undefined> => ({
  sql: `SELECT pg_catalog.current_setting('synchronous_standby_names') AS names FROM pg_catalog.pg_stat_activity
  WHERE pid = ${pid} AND wait_event = 'SyncRep'`,
  read: ([found]) => found?.names,
});

type Seen = readonly [standby: string | undefined, phase: Phase | undefined];

/**
 * Looks, from a second connection in autocommit, at a query of ours that takes long: tells what it is doing, and when a COMMIT waits for a
 * synchronous standby. Once the run is told to stop, each such wait is ended: what it waits for is committed here, and stays. @returns the stop
 */
export function watchQuery(
  client: Client,
  settings: ConnectionSettings,
  { emit, interruption }: Pick<Journey, 'emit' | 'interruption'>,
): () => void {
  const current = (): unknown => (client as unknown as { readonly _activeQuery: unknown })._activeQuery;
  const tell = teller(emit);
  let busyWith: unknown;
  let observer: Promise<Client | undefined> | undefined;
  const look = async (): Promise<void> => {
    const query = current();
    const isLong = query && (query === busyWith || interruption.aborted);
    busyWith = query;
    if (!isLong) return;
    observer ??= connect(settings, 'lockstep watch').catch(() => undefined);
    const connected = await observer;
    const pid = protocolPid(client);
    const seen: Seen | undefined = connected && (await ask(connected, standbyQuestion(pid), phaseQuestion(pid)));
    // What is over needs no word.
    if (!seen || query !== current()) return;
    tell(query, seen);
    if (seen[0] !== undefined && interruption.aborted) await cancelQuery(client);
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    void observer?.then((it) => it?.end()).catch(() => {});
  };
}

/** A wait is told once a query, a phase whenever it has moved. */
function teller(emit: Emit): (query: unknown, seen: Seen) => void {
  let told: unknown;
  let last: string | undefined;
  return (query, [names, phase]) => {
    if (names !== undefined && told !== query) {
      told = query;
      emit(noteOf(names));
    }
    const moved = JSON.stringify(phase);
    if (moved !== last) emit({ type: 'phase', ...phase });
    last = moved;
  };
}

const noteOf = (names: string) =>
  ({
    type: 'note',
    text: `a COMMIT is done here and waits for a synchronous standby to confirm it (synchronous_standby_names = '${names}'); Ctrl+C ends the wait, and what is committed stays`,
    next: 'start the standby; or without one: ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();',
  }) as const;
