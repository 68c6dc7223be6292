import net from 'node:net';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from '../support/database.ts';

export interface Tampering {
  /** What the server gets in place of what the client sent. */
  readonly toServer?: (chunk: Buffer) => Buffer;
  readonly toClient?: (chunk: Buffer) => Buffer;
}

const same = (chunk: Buffer): Buffer => chunk;

/** The same database behind a proxy that changes what passes through it. Messages of a few hundred bytes arrive in one piece. */
export async function behindProxy(database: TestDatabase, { toServer = same, toClient = same }: Tampering): Promise<TestDatabase> {
  const proxy = net.createServer((client) => {
    const server = net.connect(database.port, database.host);
    client.on('data', (chunk) => server.write(toServer(chunk)));
    server.on('data', (chunk) => client.write(toClient(chunk)));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  });
  const port = await listen(proxy);
  return { ...database, port };
}

/** Listens on a free port of this machine until the test ends. */
export async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/** Replaces one text by another of the same length, wherever it stands: the messages keep their lengths. */
export function swapText(from: string, to: string): (chunk: Buffer) => Buffer {
  if (to.length > from.length) throw new Error(`"${to}" is longer than "${from}"`);
  return (chunk) => {
    const changed = Buffer.from(chunk);
    for (let at = chunk.indexOf(from); at >= 0; at = chunk.indexOf(from, at + 1)) changed.write(to.padEnd(from.length), at);
    return changed;
  };
}

/** Gives the client another process id than the server's, as every pooler does (manual: protocol-message-formats, BackendKeyData). */
export function otherProcessId(chunk: Buffer): Buffer {
  const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at < 0) return chunk;
  const changed = Buffer.from(chunk);
  changed.writeInt32BE(changed.readInt32BE(at + 5) + 1_000_000, at + 5);
  return changed;
}
