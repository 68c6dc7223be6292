import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import type { JournalHead } from '../model/audit.ts';
import type { Target } from '../model/target.ts';
import { readDatabaseId } from './journal-head.ts';

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

/** Writes a head down. Where that is not possible (a read-only file system, say) the run was a success all the same. */
function appendHead(root: string, place: JournalPlace, { count, head }: JournalHead): void {
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

/** What this machine remembers of one journal, oldest first. Lines that are none are passed over. */
export function readHeads(root: string, { id, schema }: Pick<JournalPlace, 'id' | 'schema'>): readonly HeadLine[] {
  const lines = readLines(path.join(root, HEADS_FILE));
  return lines.flatMap((line) => parseLine(line) ?? []).filter((line) => line.id === id && line.schema === schema);
}

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

/**
 * Asks which database this is, before a run. @returns what writes the run's head down on this machine, without asking again:
 * after a run that ended, every message more is one at which a command could be cut off.
 */
export async function prepareMemory(
  { client, root }: { readonly client: Client; readonly root: string },
  { host, port, database, schema }: Target,
): Promise<(journal: JournalHead | undefined) => void> {
  const id = await readDatabaseId(client);
  return (journal) => {
    if (journal) appendHead(root, { id, host, port, database, schema }, journal);
  };
}
