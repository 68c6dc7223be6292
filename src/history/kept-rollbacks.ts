import type { HistoryRow, JournalDetails } from '../model/history.ts';
import type { KeptRollback } from '../model/plan.ts';
import { askOne } from '../pg/ask.ts';
import { literal } from '../pg/sql-text.ts';
import type { History } from './history.ts';

/** What the journal knows of the way back from an applied migration. */
export interface RecordedWayBack {
  readonly kind: 'sql' | 'code' | undefined;
  /** Absent where a version applied it that kept none, or nobody ran it: it was marked as applied. */
  readonly rollback?: KeptRollback;
}

/** By the text that was applied, and not by its name alone: a row may have been renamed since. */
export function readWayBack({ client, journal }: History, { name, checksum }: HistoryRow): Promise<RecordedWayBack> {
  const isSame = checksum === undefined ? 'true' : `checksum = ${literal(checksum)}`;
  return askOne(client, {
    sql: `SELECT details FROM ${journal} WHERE event = 'step-done' AND ${isSame} AND (name = ${literal(name)} OR checksum = ${literal(checksum)})
      ORDER BY name = ${literal(name)} DESC, id DESC LIMIT 1`,
    read: ([row]: readonly { readonly details: JournalDetails }[]): RecordedWayBack => ({
      kind: row?.details.kind,
      ...(row?.details.rollback && { rollback: row.details.rollback }),
    }),
  });
}
