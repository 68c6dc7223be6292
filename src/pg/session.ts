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

function applySettings(): string {
  const pairs = SETTINGS.map(([name, value]) => `[${literal(name)}, ${literal(value)}]`).join(', ');
  return `DO $lockstep$ DECLARE setting text[]; BEGIN
FOREACH setting SLICE 1 IN ARRAY ARRAY[${pairs}] LOOP
  BEGIN PERFORM pg_catalog.set_config(setting[1], setting[2], false); EXCEPTION WHEN OTHERS THEN NULL; END;
END LOOP; END $lockstep$;`;
}

/**
 * SQL that brings a session back to how it began and then to our settings, so that nothing leaks from one migration into
 * the next. Not DISCARD ALL: that drops the RunLock.
 */
export function freshSession(settings: Pick<ConnectionSettings, 'schema' | 'schemaIsChosen'>, applicationName: string): string {
  const searchPath = settings.schemaIsChosen
    ? `SET search_path = ${[identifier(settings.schema), ...(settings.schema === 'public' ? [] : ['public'])].join(', ')};`
    : '';
  return `CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;
${applySettings()} ${searchPath} SET application_name = ${literal(applicationName)};`;
}

/** Sends something now and then while nothing else runs, so that a live run is never taken for a vanished one. Returns the stop. */
export function startHeartbeat(client: Client): () => void {
  const beat = setInterval(() => {
    if ((client as unknown as { readyForQuery: boolean }).readyForQuery) client.query('').catch(() => {});
  }, HEARTBEAT_MS);
  beat.unref();
  return () => clearInterval(beat);
}
