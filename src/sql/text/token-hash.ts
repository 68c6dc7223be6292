import { createHash } from 'node:crypto';
import { CR, LF } from './whitespace.ts';

const BLOCK_BYTES = 65_536;

/** SHA-256 that is fed with stretches of a text, without making strings of them. A line break counts the same as LF and as CRLF. */
export class TokenHash {
  private readonly hash = createHash('sha256');
  private readonly block = new Uint8Array(BLOCK_BYTES);
  private used = 0;

  add(text: string, start = 0, end = text.length): void {
    const block = this.block;
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
    return this.hash.update(this.block.subarray(0, this.used)).digest('hex');
  }
}
