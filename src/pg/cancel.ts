import net from 'node:net';
import type { Client } from 'pg';

const CANCEL_REQUEST_CODE = 80_877_102;

/**
 * Asks the server to stop what the connection runs (manual: protocol-flow, Canceling Requests in Progress).
 * Resolves when the request is delivered; the query itself then fails with 57014. Never throws: the connection's end is the second net.
 */
export function cancelQuery(client: Client): Promise<void> {
  const { processID, secretKey, host, port } = client as unknown as { processID: number; secretKey: number; host: string; port: number };
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  packet.writeInt32BE(processID, 8);
  packet.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host);
    socket.on('connect', () => socket.end(packet));
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

const AGAIN_MS = 1_000;
/** What ends the asking, for each connection that is asked to stop. */
const asked = new WeakMap<Client, () => Promise<void>>();

/**
 * Cancels what the connection runs when the signal is aborted, and what it runs a second later: a request that comes between two statements
 * does nothing, and the next one may take hours. Until `spare`.
 * @returns what ends it all
 */
export function cancelOnAbort(client: Client, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    let last = cancelQuery(client);
    timer = setInterval(() => {
      last = cancelQuery(client);
    }, AGAIN_MS);
    asked.set(client, () => {
      clearInterval(timer);
      return last;
    });
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal.removeEventListener('abort', onAbort);
    clearInterval(timer);
  };
}

/** What follows is not to be cancelled: it records how it ended. */
export const spare = (client: Client): Promise<void> => asked.get(client)?.() ?? Promise.resolve();
