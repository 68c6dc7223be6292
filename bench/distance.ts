import net from 'node:net';

/** A port behind which the server at another port is some milliseconds away, there and back. */
export async function withDistance<T>(port: number, ms: number, body: (port: number) => Promise<T>): Promise<T> {
  const listener = net.createServer((client) => {
    const server = net.connect(port, '127.0.0.1');
    delay(client, server, ms / 2);
    delay(server, client, ms / 2);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  try {
    return await body((listener.address() as net.AddressInfo).port);
  } finally {
    listener.close();
  }
}

/** Timers of one length end in the order in which they began, so what is sent stays in order. */
function delay(from: net.Socket, to: net.Socket, ms: number): void {
  from.setNoDelay(true);
  from.on('data', (chunk: Buffer) => setTimeout(() => to.write(chunk), ms));
  from.on('close', () => setTimeout(() => to.destroy(), ms));
  from.on('error', () => {});
}
