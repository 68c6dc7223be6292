// Cuts a byte stream at PostgreSQL's message boundaries (manual: protocol-message-formats).

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

export interface Message {
  /** The type byte as a letter; `startup`, `ssl`, `cancel` for packets without one, `byte` for the answer to `ssl`. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** One direction of a connection. Whatever the pieces in which bytes arrive, whole messages come out. */
export class MessageStream {
  private rest: Buffer = Buffer.alloc(0);
  private isStarting: boolean;
  private bareBytes = 0;

  /** @param side whose messages these are: a client's first packets have no type byte */
  constructor(side: 'client' | 'server') {
    this.isStarting = side === 'client';
  }

  /** The server's next message is one bare byte: the answer to an SSLRequest. */
  expectByte(): void {
    this.bareBytes += 1;
  }

  push(chunk: Buffer): readonly Message[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const messages: Message[] = [];
    for (let next = this.take(); next; next = this.take()) messages.push(next);
    return messages;
  }

  private take(): Message | undefined {
    if (this.bareBytes > 0) {
      const byte = this.cut(1);
      if (byte) this.bareBytes -= 1;
      return byte && { type: 'byte', bytes: byte };
    }
    return this.isStarting ? this.takeUntyped() : this.takeTyped();
  }

  private takeUntyped(): Message | undefined {
    const bytes = this.rest.length < 8 ? undefined : this.cut(this.rest.readInt32BE(0));
    if (!bytes) return undefined;
    const code = bytes.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { type: 'ssl', bytes };
    this.isStarting = false;
    return { type: code === CANCEL_REQUEST ? 'cancel' : 'startup', bytes };
  }

  private takeTyped(): Message | undefined {
    const bytes = this.rest.length < 5 ? undefined : this.cut(1 + this.rest.readInt32BE(1));
    return bytes && { type: String.fromCharCode(bytes[0] ?? 0), bytes };
  }

  private cut(length: number): Buffer | undefined {
    if (this.rest.length < length) return undefined;
    const bytes = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return bytes;
  }
}
