import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, MessageStream } from './message-stream.ts';

export type Side = 'before' | 'after' | 'during';

/** One message of a run, counted over all its connections from 1, and the moment to act at it. */
export interface Trap {
  readonly k: number;
  readonly side: Side;
  /** Everything stands still while it works: what the client sends, and what the server answers. */
  readonly act: (at: Wire) => Promise<void>;
  /** For `during`: called before the message is let through. It is to see to it that the server cannot finish it. */
  readonly hinder?: (at: Wire) => Promise<void>;
}

/** A connection from the runner through the proxy to the server. */
export interface Wire {
  readonly client: net.Socket;
  readonly server: net.Socket;
  /** The backend's pid, once the server has told it. */
  readonly pid: number | undefined;
}

interface LiveWire extends Wire {
  pid: number | undefined;
  readonly toServer: MessageStream;
  readonly toClient: MessageStream;
  readonly held: Buffer[];
  answers: number;
  /** The server has closed its side. */
  isOver: boolean;
}

// After these the server answers at once; the others wait for a Sync.
const ANSWERED = new Set(['startup', 'ssl', 'p', 'Q', 'S', 'F']);
const ANSWER_LIMIT_MS = 2_000;
const NO_ANSWER_MS = 15;

/** A TCP proxy that knows message boundaries, counts what the client sends, and acts at one of its messages. */
export class WireProxy {
  /** What the client has sent, in order: one line each, for the report. */
  readonly sent: string[] = [];
  isHit = false;
  /** Resolves when the act is over. */
  readonly isStruck: Promise<void>;
  private struck: () => void = () => undefined;
  private readonly wires = new Set<LiveWire>();
  private readonly listener = net.createServer({ allowHalfOpen: true, pauseOnConnect: false }, (client) => this.accept(client));
  private readonly target: { readonly host: string; readonly port: number };
  private readonly trap: Trap | undefined;
  private readonly rewrite: ((bytes: Buffer) => Buffer) | undefined;
  private queue: Promise<void> = Promise.resolve();
  private isHolding = false;
  private isMute = false;

  constructor(target: { readonly host: string; readonly port: number }, trap?: Trap, rewrite?: (bytes: Buffer) => Buffer) {
    this.target = target;
    this.trap = trap;
    this.rewrite = rewrite;
    this.isStruck = new Promise((resolve) => {
      this.struck = resolve;
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.listener.once('error', reject);
      this.listener.listen(0, '127.0.0.1', () => resolve((this.listener.address() as net.AddressInfo).port));
    });
  }

  /** From now on nothing passes, in either direction, FIN and RST included. Both sockets stay open. */
  mute(): void {
    this.isMute = true;
  }

  /** Cuts every connection by RST on both sides. */
  reset(): void {
    for (const { client, server } of this.wires) for (const socket of [client, server]) socket.resetAndDestroy();
  }

  close(): Promise<void> {
    for (const { client, server } of this.wires) for (const socket of [client, server]) socket.destroy();
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  private accept(client: net.Socket): void {
    const server = net.connect({ ...this.target, allowHalfOpen: true });
    const wire: LiveWire = {
      client,
      server,
      pid: undefined,
      toServer: new MessageStream('client'),
      toClient: new MessageStream('server'),
      held: [],
      answers: 0,
      isOver: false,
    };
    this.wires.add(wire);
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => {});
    client.on('data', (chunk: Buffer) => this.later(() => this.forward(wire, chunk)));
    server.on('data', (chunk: Buffer) => this.answer(wire, chunk));
    client.on('end', () => this.later(async () => void (this.isMute || server.end())));
    client.on('close', () => this.later(async () => void (this.isMute || server.destroy())));
    for (const event of ['end', 'close'] as const) server.on(event, () => this.endOf(wire));
  }

  /** Messages of all connections pass one by one. */
  private later(work: () => Promise<void>): void {
    this.queue = this.queue.then(work);
  }

  private async forward(wire: LiveWire, chunk: Buffer): Promise<void> {
    for (const message of wire.toServer.push(chunk)) await this.pass(wire, message);
  }

  private async pass(wire: LiveWire, message: Message): Promise<void> {
    if (this.isMute) return;
    this.sent.push(describe(message));
    if (message.type === 'ssl') wire.toClient.expectByte();
    const { trap } = this;
    if (!trap || this.sent.length !== trap.k) return this.write(wire, message);
    this.isHit = true;
    this.isHolding = true;
    if (trap.side === 'during') await trap.hinder?.(wire);
    if (trap.side !== 'before') await this.writeAndAwait(wire, message, trap.side);
    await trap.act(wire);
    this.struck();
    this.release();
    if (trap.side === 'before' && !this.isMute) this.write(wire, message);
  }

  private write(wire: LiveWire, { bytes }: Message): void {
    if (wire.server.writable) wire.server.write(this.rewrite ? this.rewrite(bytes) : bytes);
  }

  private async writeAndAwait(wire: LiveWire, message: Message, side: Side): Promise<void> {
    const before = wire.answers;
    this.write(wire, message);
    const isAnswered = side === 'after' && ANSWERED.has(message.type);
    const deadline = Date.now() + (isAnswered ? ANSWER_LIMIT_MS : NO_ANSWER_MS);
    while (wire.answers === before && Date.now() < deadline && !wire.server.closed) await sleep(1);
  }

  private answer(wire: LiveWire, chunk: Buffer): void {
    for (const { type, bytes } of wire.toClient.push(chunk)) {
      if (type === 'K') wire.pid = bytes.readInt32BE(5);
      // A request is answered when the server is ready for the next, or asks for more of the same.
      if (type === 'Z' || type === 'R' || type === 'byte') wire.answers += 1;
    }
    if (this.isMute) return;
    if (this.isHolding) wire.held.push(chunk);
    else wire.client.write(chunk);
  }

  private endOf(wire: LiveWire): void {
    wire.isOver = true;
    if (!this.isMute && !this.isHolding) wire.client.end();
  }

  private release(): void {
    this.isHolding = false;
    if (this.isMute) return;
    for (const wire of this.wires) {
      for (const chunk of wire.held.splice(0)) if (wire.client.writable) wire.client.write(chunk);
      if (wire.isOver) this.endOf(wire);
    }
  }
}

/** `Q CREATE TABLE t (…`: the type, and the beginning of what a query says. */
function describe({ type, bytes }: Message): string {
  if (type !== 'Q' && type !== 'P') return type;
  return `${type} ${bytes.subarray(5).toString('utf8').replaceAll('\0', ' ')}`;
}
