import { createHash } from 'node:crypto';
import { CR, LF } from './whitespace.ts';

const BLOCK_BYTES = 65_536;

// One for all: zeroing 64 KB for every file costs more than hashing it. It holds what one of the hashes was given last.
const block = new Uint8Array(BLOCK_BYTES);
let holder: TokenHash | undefined;

/** SHA-256 that is fed with stretches of a text, without making strings of them. A line break counts the same as LF and as CRLF. */
export class TokenHash {
  private readonly hash = createHash('sha256');
  private used = 0;

  add(text: string, start = 0, end = text.length): void {
    if (holder !== this) holder?.flush();
    holder = this;
    let used = this.used;
    for (let at = start; at < end; at += 1) {
      const c = text.charCodeAt(at);
      if (c === CR && text.charCodeAt(at + 1) === LF) continue;
      if (used > BLOCK_BYTES - 3) {
        this.hash.update(block.subarray(0, used));
        used = 0;
      }
      if (c >= 0x80) {
        block[used++] = 0xff;
        block[used++] = c >> 8;
      }
      block[used++] = c;
    }
    this.used = used;
  }

  digest(): string {
    if (holder === this) this.flush();
    return this.hash.digest('hex');
  }

  private flush(): void {
    this.hash.update(block.subarray(0, this.used));
    this.used = 0;
    holder = undefined;
  }
}
