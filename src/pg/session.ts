import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Question } from './ask.ts';
import { identifier, literal, oneMessage } from './sql-text.ts';

// A client that vanishes without a FIN would keep its locks for two hours. These make the server let go
// (manual: runtime-config-connection, runtime-config-client). Where one is refused, the session does without.
const SETTINGS: readonly (readonly [string, string])[] = [
  ['client_connection_check_interval', '2s'],
  ['tcp_keepalives_idle', '10'],
  ['tcp_keepalives_interval', '5'],
  ['tcp_keepalives_count', '3'],
  ['tcp_user_timeout', '30s'],
  ['idle_in_transaction_session_timeout', '60s'],
  ['idle_session_timeout', '60s'],
  // One text is lexed as a whole, so its lexing must not depend on what a role has set.
  ['standard_conforming_strings', 'on'],
  // What a step deletes is counted before its COMMIT; only a superuser may switch it on.
  ['track_counts', 'on'],
  // What the catalog says of a trigger is compared with what we made.
  ['quote_all_identifiers', 'off'],
];

const HEARTBEAT_MS = 15_000;

// Behind a pooler the server's pid is not the one of the protocol's start: a setting would stay on a session that others go on to use.
const tryAll = (onlyForPid: number | undefined, path: string | undefined): string => `DO $lockstep$ DECLARE setting text[]; BEGIN
${onlyForPid === undefined ? '' : `IF pg_catalog.pg_backend_pid() <> ${onlyForPid} THEN RETURN; END IF;`}
FOREACH setting SLICE 1 IN ARRAY ARRAY[${SETTINGS.map(([name, value]) => `[${literal(name)}, ${literal(value)}]`).join(', ')}] LOOP
  BEGIN PERFORM pg_catalog.set_config(setting[1], setting[2], false); EXCEPTION WHEN OTHERS THEN NULL; END;
END LOOP;
${path === undefined ? '' : `PERFORM pg_catalog.set_config('search_path', ${literal(path)}, false);`} END $lockstep$`;

const RESET =
  'CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;';

// What the run keeps in settings of its own stays.
const RESET_OTHERS = `DO $lockstep$ DECLARE other text; BEGIN
FOR other IN SELECT name FROM pg_catalog.pg_settings WHERE source = 'session' AND name NOT LIKE 'lockstep.%' AND name <> 'application_name' LOOP
  EXECUTE pg_catalog.format('RESET %s', other);
END LOOP; END $lockstep$`;

/** SQL that resets the session between steps. */
export interface SessionSql {
  /** Brings it back to how the run began, so that nothing leaks from one migration into the next. Not DISCARD ALL, which drops the RunLock. */
  readonly fresh: string;
  /** Has the session's own counts flushed when this message ends, so that those of the next transaction begin at 0 (manual: monitoring-stats). */
  readonly settle: string;
  /** Makes the rest of a transaction ours, whatever role and search path the script has set; its next part has them again. */
  readonly ourselves: string;
  /** Brings role, search path and settings back between two scripts that share a transaction. Cursors stay: the look at BEGIN is one. */
  readonly between: readonly string[];
}

/** The pid that the protocol began with: the server session's own, unless a pooler stands between. */
export const protocolPid = (client: Client): number => (client as unknown as { readonly processID: number | null }).processID ?? 0;

interface SessionFacts {
  readonly role: string;
  readonly taken: readonly string[];
  readonly major: number;
}

/** Gives a new session our settings, as far as the server takes them; with a pid, only where the session has it. */
export function sessionQuestions({ schema, schemaIsChosen }: Pick<ConnectionSettings, 'schema' | 'schemaIsChosen'>, onlyForPid?: number) {
  const path = schemaIsChosen ? [...new Set([schema, 'public'])].map(identifier).join(', ') : undefined;
  const begin: Question<void> = { sql: tryAll(onlyForPid, path), read: () => undefined };
  const found: Question<SessionSql> = {
    // A role may have been given to the session by ALTER ROLE or by its options; RESET ROLE goes back to that one.
    sql: oneMessage(
      `SELECT pg_catalog.current_setting('role') AS role, pg_catalog.current_setting('server_version_num')::int / 10000 AS major, coalesce(pg_catalog.array_agg(name), '{}') AS taken
       FROM pg_catalog.pg_settings WHERE source = 'session' AND name = ANY ($1)`,
      [SETTINGS.map(([name]) => name)],
    ),
    read: ([row]) => toSessionSql(row, path),
  };
  return [begin, found] as const;
}

function toSessionSql({ role, taken, major }: SessionFacts, path: string | undefined): SessionSql {
  const settle = major >= 15 ? 'SELECT pg_catalog.pg_stat_force_next_flush();' : '';
  const settings = SETTINGS.filter(([name]) => taken.includes(name)).map(([name, value]) => `SET ${name} = ${literal(value)}`);
  const home = role === 'none' ? 'NONE' : identifier(role);
  const ways = [...settings, ...(path === undefined ? [] : [`SET search_path = ${path}`])];
  return {
    settle,
    between: ['SET SESSION AUTHORIZATION DEFAULT', 'RESET ROLE', RESET_OTHERS, ...ways],
    fresh: `${settle} ${RESET} ${ways.map((one) => `${one};`).join(' ')}`,
    ourselves: `SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE ${home}; SET LOCAL search_path = pg_catalog;`,
  };
}

/** Sends something now and then while nothing else runs, so that a live run is never taken for a vanished one. Returns the stop. */
export function startHeartbeat(client: Client): () => void {
  const beat = setInterval(() => {
    if ((client as unknown as { readyForQuery: boolean }).readyForQuery) client.query('').catch(() => {});
  }, HEARTBEAT_MS);
  beat.unref();
  return () => clearInterval(beat);
}

/** SQL that keeps what a script has set for its session, for `SETTINGS_KEPT` in the same transaction. */
export const KEEP_SETTINGS = `SELECT pg_catalog.set_config('lockstep.settings', pg_catalog.json_build_object(
  'role', pg_catalog.current_setting('role'), 'authorization', pg_catalog.current_setting('session_authorization'),
  'settings', (SELECT pg_catalog.json_object_agg(name, setting) FROM pg_catalog.pg_settings WHERE source = 'session' AND name NOT LIKE 'lockstep.%'
    AND name <> ALL (ARRAY['application_name', ${SETTINGS.map(([name]) => literal(name)).join(', ')}])))::text, true);`;

/** An SQL expression for what `KEEP_SETTINGS` kept. */
export const SETTINGS_KEPT = "pg_catalog.current_setting('lockstep.settings')::jsonb";
