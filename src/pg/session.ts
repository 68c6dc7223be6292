import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
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
  // What the catalog says of a trigger is compared with what we made.
  ['quote_all_identifiers', 'off'],
];

const HEARTBEAT_MS = 15_000;

const TRY_ALL = `DO $lockstep$ DECLARE setting text[]; BEGIN
FOREACH setting SLICE 1 IN ARRAY ARRAY[${SETTINGS.map(([name, value]) => `[${literal(name)}, ${literal(value)}]`).join(', ')}] LOOP
  BEGIN PERFORM pg_catalog.set_config(setting[1], setting[2], false); EXCEPTION WHEN OTHERS THEN NULL; END;
END LOOP; END $lockstep$`;

const RESET =
  'CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;';

/** What a session is told again and again. */
export interface SessionSql {
  /** Brings it back to how the run began, so that nothing leaks from one migration into the next. Not DISCARD ALL, which drops the RunLock. */
  readonly fresh: string;
  /** Makes the rest of a transaction ours, whatever role and search path the script has set; its next part has them again. */
  readonly ourselves: string;
}

/** Gives a new session our settings, as far as the server takes them. */
export async function beginSession(
  client: Client,
  { schema, schemaIsChosen }: Pick<ConnectionSettings, 'schema' | 'schemaIsChosen'>,
): Promise<SessionSql> {
  await client.query(TRY_ALL);
  const { rows } = await client.query<{ name: string }>(
    oneMessage("SELECT name FROM pg_catalog.pg_settings WHERE source = 'session' AND name = ANY ($1)", [SETTINGS.map(([name]) => name)]),
  );
  const taken = new Set(rows.map(({ name }) => name));
  const settings = SETTINGS.filter(([name]) => taken.has(name)).map(([name, value]) => `SET ${name} = ${literal(value)};`);
  const path = [...new Set([schema, 'public'])].map(identifier).join(', ');
  const fresh = `${RESET} ${settings.join(' ')} ${schemaIsChosen ? `SET search_path = ${path};` : ''}`;
  await client.query(fresh);
  // A role may have been given to the session by ALTER ROLE or by its options; RESET ROLE goes back to that one.
  const { rows: roles } = await client.query<{ role: string }>("SELECT pg_catalog.current_setting('role') AS role");
  const role = roles[0]?.role ?? 'none';
  const home = role === 'none' ? 'NONE' : identifier(role);
  return { fresh, ourselves: `SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE ${home}; SET LOCAL search_path = pg_catalog;` };
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
