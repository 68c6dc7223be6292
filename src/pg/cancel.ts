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
