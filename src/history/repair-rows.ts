import { isRepeatable } from '../model/migration.ts';
import { literal } from '../pg/sql-text.ts';
import type { HistoryTables } from './history.ts';

const COLUMNS = 'id, name, batch, migration_time, description, duration_ms, applied_by, checksum';

export interface Reinsertion {
  readonly name: string;
  /** The event that kept the row. */
  readonly event: number;
  /** Rows that give way: to be written anew, or to be moved because they stand at this one's id and not at their own. */
  readonly replaced: readonly string[];
  readonly moved: readonly string[];
}

/** Writes a row back as the journal kept it with an event; where its id belongs to another one by now, with the next. */
export function reinsertHistory({ rows: history, journal }: HistoryTables, { name, event, replaced, moved }: Reinsertion): string {
  const next = `greatest(pg_catalog.nextval(pg_catalog.pg_get_serial_sequence(${literal(history)}, 'id')), (SELECT coalesce(pg_catalog.max(id), 0) + 1 FROM ${history}))`;
  const move = moved.map((one) => `UPDATE ${history} SET id = ${next} WHERE name = ${literal(one)};\n`).join('');
  return `DELETE FROM ${history} WHERE name IN (${[name, ...replaced].map(literal).join(', ')});
${move}INSERT INTO ${history} (${COLUMNS})
SELECT CASE WHEN kept.id IS NULL OR EXISTS (SELECT FROM ${history} h WHERE h.id = kept.id) THEN ${next} ELSE kept.id END, ${literal(name)},
  ${isRepeatable({ name }) ? 'NULL' : `coalesce(kept.batch, (SELECT coalesce(pg_catalog.max(batch), 0) + 1 FROM ${history}))`}, coalesce(kept.migration_time, j.at),
  kept.description, kept.duration_ms, kept.applied_by, coalesce(kept.checksum, j.checksum)
FROM ${journal} j, LATERAL pg_catalog.jsonb_populate_record(NULL::${history}, j.details -> 'row') kept WHERE j.id = ${event};`;
}

export interface HistoryChange {
  readonly name: string;
  readonly checksum: string;
  readonly description?: string;
}

/** Gives the row of a migration the name and checksum of its file. */
export const updateHistory = ({ rows }: HistoryTables, before: string, { name, checksum, description }: HistoryChange): string =>
  `UPDATE ${rows} SET name = ${literal(name)}, checksum = ${literal(checksum)}, description = ${literal(description)} WHERE name = ${literal(before)};`;
