import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { cancelQuery } from './cancel.ts';
import { connect } from './connect.ts';

const LOOK_MS = 1_000;

// PostgreSQL lets a COMMIT wait for ever for a standby that is named and does not come (manual: warm-standby, Synchronous Replication).
const WAITS = `SELECT pg_catalog.current_setting('synchronous_standby_names') AS names FROM pg_catalog.pg_stat_activity
  WHERE pid = $1 AND wait_event = 'SyncRep'`;

/**
 * Says, from a second connection, when a COMMIT of ours waits for a synchronous standby. Once the run is told to stop, each such wait is
 * ended: what it waits for is committed here, and stays. @returns the stop
 */
export function watchStandbyWait(
  client: Client,
  settings: ConnectionSettings,
  { emit, interruption }: Pick<Journey, 'emit' | 'interruption'>,
): () => void {
  const { processID } = client as unknown as { readonly processID: number };
  let busyWith: unknown;
  let told: unknown;
  let observer: Promise<Client | undefined> | undefined;
  const look = async (): Promise<void> => {
    const { _activeQuery: query } = client as unknown as { readonly _activeQuery: unknown };
    const isLong = query && (query === busyWith || interruption.aborted);
    busyWith = query;
    if (!isLong) return;
    observer ??= connect(settings, 'lockstep standby watch').catch(() => undefined);
    const names: string | undefined = (await (await observer)?.query(WAITS, [processID]))?.rows[0]?.names;
    if (names === undefined) return;
    if (told !== query) emit(noteOf(names));
    told = query;
    if (interruption.aborted) await cancelQuery(client);
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    void observer?.then((it) => it?.end()).catch(() => {});
  };
}

const noteOf = (names: string) =>
  ({
    type: 'note',
    text: `a COMMIT is done here and waits for a synchronous standby to confirm it (synchronous_standby_names = '${names}'); Ctrl+C ends the wait, and what is committed stays`,
    next: 'start the standby; or without one: ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();',
  }) as const;
