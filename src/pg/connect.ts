import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { clientOptions } from './client-options.ts';
import { connectionFailure, connectionInterrupted, isNotUpYet, isStartingUp, isTlsUnsupported } from './connection-failure.ts';

const START_UP_WAIT_MS = 30_000;

/**
 * Opens one connection. A server that is still starting up is waited for, up to 30 s; one that does not answer at all as long as the settings say.
 * @param interruption ends the wait, and an attempt that is under way
 * @throws LockstepError naming the setting to put right.
 */
export async function connect(settings: ConnectionSettings, applicationName: string, interruption?: AbortSignal): Promise<pg.Client> {
  const { waitMs } = settings;
  const deadline = Date.now() + (waitMs ?? START_UP_WAIT_MS);
  const isWorthAWait = waitMs === undefined ? isStartingUp : isNotUpYet;
  for (;;) {
    try {
      return await open(settings, applicationName, interruption);
    } catch (error) {
      if (interruption?.aborted) throw connectionInterrupted(settings, interruption);
      if (!isWorthAWait(error) || Date.now() > deadline) throw connectionFailure(error, settings);
      await sleep(200, undefined, { ...(interruption && { signal: interruption }) }).catch(() => {});
    }
  }
}

async function open(settings: ConnectionSettings, applicationName: string, interruption: AbortSignal | undefined): Promise<pg.Client> {
  interruption?.throwIfAborted();
  const client = new pg.Client(clientOptions(settings, applicationName));
  // A connection that dies while nobody waits for an answer must not end the process: the next query reports it.
  client.on('error', () => {});
  const giveUp = (): void => void (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  interruption?.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    if (settings.tls !== 'prefer' || !isTlsUnsupported(error)) throw error;
    return open({ ...settings, tls: 'disable' }, applicationName, interruption);
  } finally {
    interruption?.removeEventListener('abort', giveUp);
  }
}

/** Opens a connection, hands it over, and closes it however the body ends. */
export async function withConnection<T>(settings: ConnectionSettings, body: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(settings, 'lockstep');
  try {
    return await body(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The same in the server's maintenance database, from which others are made, renamed and dropped. */
export const withMaintenance = <T>(settings: ConnectionSettings, body: (client: pg.Client) => Promise<T>): Promise<T> =>
  withConnection({ ...settings, database: 'postgres' }, body);
