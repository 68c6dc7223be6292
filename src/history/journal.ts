import type { JournalDetails, JournalEvent, JournalEventKind, OpenRun } from '../model/history.ts';
import type { Direction } from '../model/migration.ts';
import { askOne, type Question } from '../pg/ask.ts';
import { literal, oneMessage, toDate } from '../pg/sql-text.ts';
import type { History, HistoryTables } from './history.ts';

export interface NewJournalEvent {
  readonly run: string;
  readonly event: JournalEventKind;
  readonly name?: string;
  readonly direction?: Direction;
  readonly part?: number;
  readonly checksum?: string;
  readonly details?: JournalDetails;
  /** An SQL expression for the details, instead of a value. */
  readonly detailsSql?: string;
  /** Script text, kept once per checksum. */
  readonly script?: string;
}

/** The statement that appends an event. Id, time and hash chain are the table's own work. */
export function insertJournal({ journal: table }: HistoryTables, event: NewJournalEvent): string {
  const script =
    event.script === undefined
      ? 'NULL'
      : `CASE WHEN EXISTS (SELECT FROM ${table} WHERE checksum = ${literal(event.checksum)} AND script IS NOT NULL) THEN NULL ELSE ${literal(event.script)} END`;
  const values = [event.run, event.event, event.name, event.direction, event.part, event.checksum].map(literal);
  // id, at and the hashes are filled in by the trigger; the placeholders satisfy NOT NULL.
  return `INSERT INTO ${table} (id, at, prev_hash, hash, run, event, name, direction, part, checksum, details, script)
VALUES (0, pg_catalog.now(), '', '', ${values.join(', ')}, ${event.detailsSql ?? literal(JSON.stringify(event.details ?? {}))}, ${script});`;
}

/** An SQL expression for details that hold the row of history too, as it is now: what the audit compares it with later. */
export function withRow({ rows }: HistoryTables, name: string, details: JournalDetails): string {
  const row = `SELECT pg_catalog.to_jsonb(h) FROM ${rows} h WHERE h.name = ${literal(name)}`;
  return `${literal(JSON.stringify(details))}::jsonb || pg_catalog.jsonb_build_object('row', (${row}))`;
}

/** Events after which a migration is what history says it is, whatever attempts there were before. */
export const SETTLING = "('step-done', 'step-rolled-back', 'baselined', 'repaired')";
/** A worker ends what a run has begun, and begins nothing. */
const OF_RUNS = "event <> 'backfill-done'";
/** Events that say how the text of an applied migration reads. */
const TEXTS = "('step-done', 'baselined', 'repaired')";

export interface StoredEvent {
  readonly id: string;
  readonly run: string;
  readonly event: JournalEventKind;
  /** A number where it is infinite. */
  readonly at: Date | number;
  readonly name: string | null;
  readonly direction: Direction | null;
  readonly part: number | null;
  readonly checksum: string | null;
  readonly details: JournalDetails;
}

export const COLUMNS = 'id, run, event, at, name, direction, part, checksum, details';

export function toEvent(row: StoredEvent): JournalEvent {
  return {
    id: Number(row.id),
    run: row.run,
    event: row.event,
    at: toDate(row.at),
    details: row.details,
    ...(row.name !== null && { name: row.name }),
    ...(row.direction !== null && { direction: row.direction }),
    ...(row.part !== null && { part: row.part }),
    ...(row.checksum !== null && { checksum: row.checksum }),
  };
}

/** Runs that began and did not end: at most one while its holder lives, and interrupted once it is gone. */
export const openRunsQuestion = ({ journal }: HistoryTables): Question<readonly OpenRun[]> => ({
  sql: `SELECT ${COLUMNS} FROM ${journal} s WHERE event = 'run-started' AND NOT EXISTS (
       SELECT FROM ${journal} e WHERE e.run = s.run AND e.event IN ('run-ended', 'settled')) ORDER BY id`,
  read: (rows: readonly StoredEvent[]) => rows.map(toEvent).map(toRun),
});

export const findOpenRuns = (history: History): Promise<readonly OpenRun[]> => askOne(history.client, openRunsQuestion(history));

/** The newest run, where it is known to have been interrupted and nothing has been run since. */
export async function findLastInterrupted(history: History): Promise<OpenRun | undefined> {
  const table = history.journal;
  const { rows } = await history.client.query<StoredEvent & { readonly settled: boolean }>(
    `SELECT ${COLUMNS}, EXISTS (SELECT FROM ${table} e WHERE e.run = s.run AND e.event = 'settled') AS settled
     FROM ${table} s WHERE event = 'run-started' ORDER BY id DESC LIMIT 1`,
  );
  const [last] = rows;
  return last?.settled ? toRun(toEvent(last)) : undefined;
}

const toRun = ({ run, at, details, direction }: JournalEvent): OpenRun => ({
  run,
  startedAt: at,
  pid: Number(details.pid ?? 0),
  by: String(details.by ?? ''),
  steps: Array.isArray(details.steps) ? details.steps.map(String) : [],
  direction: direction ?? 'up',
});

/** Every event about one migration since it was last applied or rolled back: what an attempt left behind. */
export async function readAttempt(history: History, name: string): Promise<readonly JournalEvent[]> {
  const table = history.journal;
  const { rows } = await history.client.query<StoredEvent>(
    oneMessage(
      `SELECT ${COLUMNS} FROM ${table} WHERE name = $1 AND id > coalesce(
       (SELECT max(id) FROM ${table} WHERE name = $1 AND event IN ${SETTLING}), 0) AND ${OF_RUNS} ORDER BY id`,
      [name],
    ),
  );
  return rows.map(toEvent);
}

/** Every event that says whether one of these is applied, oldest first. What renames a migration counts for every name. */
export async function readChanges(history: History, names: readonly string[]): Promise<readonly JournalEvent[]> {
  const { rows } = await history.client.query<StoredEvent>(
    oneMessage(
      `SELECT ${COLUMNS} FROM ${history.journal} WHERE name = ANY ($1) AND event IN ('step-done', 'step-rolled-back')
         OR event IN ('baselined', 'repaired') ORDER BY id`,
      [names],
    ),
  );
  return rows.map(toEvent);
}

/** Migrations whose newest event is neither their application nor their rollback: something was begun and not finished. */
export async function readUnfinishedNames(history: History): Promise<readonly string[]> {
  const { rows } = await history.client.query<{ name: string }>(
    `SELECT name FROM (SELECT DISTINCT ON (name) name, event FROM ${history.journal} WHERE name IS NOT NULL AND ${OF_RUNS} ORDER BY name, id DESC) newest
     WHERE event NOT IN ${SETTLING} ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

/** Migrations of which parts were applied, and not undone, since they were last applied or rolled back as a whole. */
export const halfAppliedQuestion = ({ journal }: HistoryTables): Question<readonly string[]> => ({
  sql: `SELECT DISTINCT name FROM ${journal} p WHERE event = 'part-done' AND direction = 'up'
       AND NOT EXISTS (SELECT FROM ${journal} s WHERE s.name = p.name AND s.id > p.id AND s.event IN ${SETTLING}) ORDER BY name`,
  read: (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name),
});

/** How each applied script read when it was applied: the hash of its meaning, by name. */
export async function readSemanticHash(history: History, name: string): Promise<string | undefined> {
  const { rows } = await history.client.query<{ hash: string | null }>(
    oneMessage(
      `SELECT details ->> 'semanticHash' AS hash FROM ${history.journal} WHERE event IN ${TEXTS} AND name = $1 ORDER BY id DESC LIMIT 1`,
      [name],
    ),
  );
  return rows[0]?.hash ?? undefined;
}

/** The text of an applied migration as history has it, where it was kept: an older one is none. */
export async function readAppliedText(history: History, name: string): Promise<string | undefined> {
  const table = history.journal;
  const { rows } = await history.client.query<{ script: string | null }>(
    oneMessage(
      `SELECT (SELECT kept.script FROM ${table} kept WHERE kept.checksum = done.checksum AND kept.script IS NOT NULL LIMIT 1) AS script
     FROM ${table} done WHERE done.event IN ${TEXTS} AND done.name = $1 ORDER BY done.id DESC LIMIT 1`,
      [name],
    ),
  );
  return rows[0]?.script ?? undefined;
}
