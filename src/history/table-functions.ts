import type { HistoryTables } from './history.ts';

/** A trigger of the history tables, and the function that it calls, which has its name. */
export interface TableTrigger {
  readonly name: string;
  readonly table: string;
  readonly fires: string;
  /** `fires` as the catalog has it (pg_trigger.tgtype): 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate. */
  readonly type: number;
  /** The function's text, as `pg_proc.prosrc` has it. */
  readonly body: string;
}

/** SQL for the hash of an event: `NEW` in the trigger, a table's alias in the audit, which must come to the same. */
export const eventHash = (row: string): string => `encode(sha256(convert_to(jsonb_build_array(
    ${row}.id, ${row}.run, ${row}.event, to_char(${row}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
    ${row}.name, ${row}.direction, ${row}.part, ${row}.checksum, ${row}.details, ${row}.script, ${row}.prev_hash)::text, 'UTF8')), 'hex')`;

/** The triggers of this version. */
export function tableTriggers({ names, rows, journal }: HistoryTables): readonly TableTrigger[] {
  return [
    { name: `${names.rows}_keep_first`, table: names.rows, fires: 'BEFORE INSERT', type: 7, body: keepFirst(rows) },
    { name: `${names.journal}_append`, table: names.journal, fires: 'BEFORE INSERT', type: 7, body: append(journal) },
    { name: `${names.journal}_keep`, table: names.journal, fires: 'BEFORE UPDATE OR DELETE OR TRUNCATE', type: 58, body: KEEP },
  ];
}

const keepFirst = (history: string): string => `
BEGIN
  -- Knex inserts its row after ours: the one that travelled with the migration stays. Ours has a checksum, and must be the first.
  IF NEW.checksum IS NULL AND EXISTS (SELECT FROM ${history} WHERE name = NEW.name) THEN RETURN NULL; END IF;
  RETURN NEW;
END `;

const append = (journal: string): string => `
DECLARE last record;
BEGIN
  SELECT id, hash INTO last FROM ${journal} ORDER BY id DESC LIMIT 1;
  NEW.id := coalesce(last.id, 0) + 1;
  NEW.at := clock_timestamp();
  NEW.prev_hash := coalesce(last.hash, '');
  NEW.hash := ${eventHash('NEW')};
  RETURN NEW;
END `;

const KEEP = `
BEGIN
  RAISE EXCEPTION 'the migration journal is append-only: % refused', TG_OP;
END `;
