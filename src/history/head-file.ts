import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { JournalHead } from '../model/audit.ts';

/** Outside every database, and never committed: what this machine saw when its runs ended. */
export const HEADS_FILE = '.lockstep/heads.jsonl';

/** Which journal a head belongs to. */
export interface JournalPlace {
  /** Of server and database, as the server has it. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly schema: string;
}

export interface HeadLine extends JournalPlace, JournalHead {
  readonly at: string;
}

/**
 * Writes the head down at which a run ended: a journal that was rewritten since no longer has it. Where that is not possible (a read-only
 * file system, say) the run was a success all the same.
 */
export function rememberHead(root: string, place: JournalPlace, { count, head }: JournalHead): void {
  try {
    const file = path.join(root, HEADS_FILE);
    mkdirSync(path.dirname(file), { recursive: true });
    const { id, host, port, database, schema } = place;
    const line: HeadLine = { at: new Date().toISOString(), id, host, port, database, schema, count, head };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  } catch {
    // The head is printed and kept in the database too.
  }
}

/** What this machine remembers, of any journal, oldest first. Lines that are none are passed over. */
export const readHeads = (root: string): readonly HeadLine[] =>
  readLines(path.join(root, HEADS_FILE)).flatMap((line) => parseLine(line) ?? []);

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

function parseLine(line: string): HeadLine | undefined {
  try {
    const parsed = JSON.parse(line) as Partial<HeadLine> | null;
    const isHead = typeof parsed?.id === 'string' && typeof parsed.count === 'number' && typeof parsed.head === 'string';
    return isHead ? (parsed as HeadLine) : undefined;
  } catch {
    return undefined;
  }
}
