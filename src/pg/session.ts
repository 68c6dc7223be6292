import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { identifier, literal } from './quote.ts';

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
];

const HEARTBEAT_MS = 15_000;

const TRY_ALL = `DO $lockstep$ DECLARE setting text[]; BEGIN
FOREACH setting SLICE 1 IN ARRAY ARRAY[${SETTINGS.map(([name, value]) => `[${literal(name)}, ${literal(value)}]`).join(', ')}] LOOP
  BEGIN PERFORM pg_catalog.set_config(setting[1], setting[2], false); EXCEPTION WHEN OTHERS THEN NULL; END;
END LOOP; END $lockstep$`;

const RESET =
  'CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;';

/**
 * Gives a new session our settings, as far as the server takes them.
 * @returns SQL that brings the session back to this state, so that nothing leaks from one migration into the next.
 * It is not DISCARD ALL, which drops the RunLock.
 */
export async function beginSession(
  client: Client,
  { schema, schemaIsChosen }: Pick<ConnectionSettings, 'schema' | 'schemaIsChosen'>,
): Promise<string> {
  await client.query(TRY_ALL);
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM pg_catalog.pg_settings WHERE source = 'session' AND name = ANY ($1)",
    [SETTINGS.map(([name]) => name)],
  );
  const taken = new Set(rows.map(({ name }) => name));
  const settings = SETTINGS.filter(([name]) => taken.has(name)).map(([name, value]) => `SET ${name} = ${literal(value)};`);
  const path = [...new Set([schema, 'public'])].map(identifier).join(', ');
  const fresh = `${RESET} ${settings.join(' ')} ${schemaIsChosen ? `SET search_path = ${path};` : ''}`;
  await client.query(fresh);
  return fresh;
}

/** Sends something now and then while nothing else runs, so that a live run is never taken for a vanished one. Returns the stop. */
export function startHeartbeat(client: Client): () => void {
  const beat = setInterval(() => {
    if ((client as unknown as { readyForQuery: boolean }).readyForQuery) client.query('').catch(() => {});
  }, HEARTBEAT_MS);
  beat.unref();
  return () => clearInterval(beat);
}
