import { createHash } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { BackedUpTable } from '../../model/backup.ts';
import { DumpScanner, tableOfCopy } from '../archive/copy-rows.ts';
import { type Item, readHead } from './statement.ts';

export interface CopyReader {
  readonly onItem: (item: Item) => void | Promise<void>;
  readonly onRows?: (piece: Buffer) => void | Promise<void>;
  readonly onTable: (table: BackedUpTable) => void | Promise<void>;
}

/** Reads a copy from its first byte to its last. @throws whatever is wrong with gzip, frame or rows */
export async function readCopy(source: Readable, reader: CopyReader): Promise<void> {
  await pipeline(source, createGunzip(), copyScanner(reader));
}

function copyScanner({ onItem, onRows, onTable }: CopyReader): Writable {
  let head: ReturnType<typeof readHead>;
  let lines: string[] = [];
  let hash = createHash('sha256');
  let table: ReturnType<typeof tableOfCopy>;
  const finish = async (text: string): Promise<boolean> => {
    if (!head) return false;
    lines.push(text);
    if (lines.length < head.lines) return false;
    const { lines: _, ...rest } = head;
    const sql = lines.join('\n');
    table = rest.kind === 'rows' ? tableOfCopy(sql) : undefined;
    await onItem({ ...rest, sql });
    head = undefined;
    hash = createHash('sha256');
    return rest.kind === 'rows';
  };
  return new DumpScanner({
    onLine: async (line) => {
      if (head) return finish(line);
      head = readHead(line);
      lines = [];
      return false;
    },
    onRows: async (piece) => {
      hash.update(piece);
      await onRows?.(piece);
    },
    onRowsEnd: async (rows) => {
      if (table) await onTable({ ...table, rows, sha256: hash.digest('hex') });
    },
  });
}

/** Takes nothing and counts everything. */
export async function countCopy(source: Readable): Promise<readonly BackedUpTable[]> {
  const tables: BackedUpTable[] = [];
  await readCopy(source, { onItem: () => {}, onTable: (table) => void tables.push(table) });
  return tables;
}
