import { Writable } from 'node:stream';
import type { TableName } from '../../model/backup.ts';

const NEWLINE = 10;
const BACKSLASH = 92;
const POINT = 46;
const END_LENGTH = 3;
const NOTHING = Buffer.alloc(0);

export interface ScannerEvents {
  /** A line of SQL. True when rows follow it. */
  readonly onLine: (line: string) => boolean | Promise<boolean>;
  readonly onRows?: (piece: Buffer) => void | Promise<void>;
  readonly onRowsEnd: (rows: number) => void | Promise<void>;
}

/**
 * Reads a plain dump: lines of SQL, and between `COPY … FROM stdin;` and a line `\.` the rows, one a line.
 * A backslash in a value is doubled, so no row can look like the end (manual: sql-copy, Text Format).
 */
export class DumpScanner extends Writable {
  private readonly events: ScannerEvents;
  private rest: Buffer = NOTHING;
  private isInside = false;
  private atLineStart = true;
  private rows = 0;

  constructor(events: ScannerEvents) {
    super();
    this.events = events;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.consume(this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    done(this.isInside ? new Error('the rows of a table have no end') : null);
  }

  private async consume(buffer: Buffer): Promise<void> {
    this.rest = NOTHING;
    let at = 0;
    while (at < buffer.length) {
      const next = this.isInside ? await this.readRows(buffer, at) : await this.readLine(buffer, at);
      if (next === undefined) return;
      at = next;
    }
  }

  /** Returns where to go on; undefined where the rest has to wait for more. */
  private async readLine(buffer: Buffer, from: number): Promise<number | undefined> {
    const end = buffer.indexOf(NEWLINE, from);
    if (end < 0) {
      this.rest = buffer.subarray(from);
      return undefined;
    }
    this.isInside = await this.events.onLine(buffer.toString('utf8', from, end));
    this.atLineStart = true;
    this.rows = 0;
    return end + 1;
  }

  private async readRows(buffer: Buffer, from: number): Promise<number | undefined> {
    let at = from;
    for (;;) {
      if (this.atLineStart && buffer[at] === BACKSLASH && (at + 1 >= buffer.length || buffer[at + 1] === POINT)) {
        if (at > from) await this.events.onRows?.(buffer.subarray(from, at));
        return this.endRows(buffer, at);
      }
      const end = buffer.indexOf(NEWLINE, at);
      this.atLineStart = end >= 0;
      if (end >= 0) this.rows += 1;
      at = end < 0 ? buffer.length : end + 1;
      if (at >= buffer.length) break;
    }
    await this.events.onRows?.(buffer.subarray(from));
    return undefined;
  }

  private async endRows(buffer: Buffer, at: number): Promise<number | undefined> {
    if (at + END_LENGTH > buffer.length) {
      this.rest = buffer.subarray(at);
      return undefined;
    }
    this.isInside = false;
    await this.events.onRowsEnd(this.rows);
    return at + END_LENGTH;
  }
}

const NAME = '"(?:[^"]|"")*"|[^" .(]+';
const COPY = new RegExp(`^COPY (${NAME})\\.(${NAME}) [\\s\\S]*FROM stdin;$`);
const unquote = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);

/** The table of `COPY public.users (id, name) FROM stdin;`, whose names may hold line breaks. */
export function tableOfCopy(line: string): TableName | undefined {
  const [, schema, name] = COPY.exec(line) ?? [];
  return schema && name ? { schema: unquote(schema), name: unquote(name) } : undefined;
}

/** The same, told line by line: a name with a line break goes on in the next one. */
export class CopyLines {
  private open = '';

  read(line: string): TableName | undefined {
    this.open = this.open === '' && !line.startsWith('COPY ') ? '' : `${this.open}${line}\n`;
    // Inside of a name, this may be anything.
    const isWhole = line.endsWith(';') && this.open.split('"').length % 2 === 1;
    const table = isWhole ? tableOfCopy(this.open.slice(0, -1)) : undefined;
    if (isWhole) this.open = '';
    return table;
  }
}
