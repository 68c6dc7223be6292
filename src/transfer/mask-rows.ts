import { Transform, type TransformCallback } from 'node:stream';
import type { Mask } from './mask-value.ts';

const NEWLINE = 10;

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' };
const NAMES = new Map(Object.entries(ESCAPES).map(([name, character]) => [character, name]));

const unescaped = (text: string): string => text.replaceAll(/\\(.)/gs, (_, name: string) => ESCAPES[name] ?? name);
// What COPY writes with a backslash (manual: sql-copy, Text Format).
const escaped = (text: string): string => text.replaceAll(/[\b\f\n\r\t\v\\]/g, (character) => `\\${NAMES.get(character) ?? ''}`);

/** Masks columns of rows as COPY writes them, so that what was there goes no further than this process. */
export class MaskRows extends Transform {
  /** By the column's place. */
  private readonly masks: ReadonlyMap<number, Mask>;
  private rest = Buffer.alloc(0);

  constructor(masks: ReadonlyMap<number, Mask>) {
    super();
    this.masks = masks;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const all = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const end = all.lastIndexOf(NEWLINE);
    this.rest = Buffer.from(all.subarray(end + 1));
    try {
      if (end < 0) return void done();
      const lines = all.toString('utf8', 0, end).split('\n');
      done(null, `${lines.map((line) => this.maskLine(line)).join('\n')}\n`);
    } catch (error) {
      done(error as Error);
    }
  }

  private maskLine(line: string): string {
    const values = line.split('\t');
    for (const [at, mask] of this.masks) {
      const value = values[at];
      if (value !== undefined && value !== '\\N') values[at] = escaped(mask(unescaped(value)));
    }
    return values.join('\t');
  }
}
