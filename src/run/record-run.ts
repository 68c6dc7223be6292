import { insertHistory } from '../history/history.ts';
import { insertJournal, withRow } from '../history/journal.ts';
import type { JournalDetails } from '../model/history.ts';
import { endRun, endWithHead, type WithHead } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import { startRun } from './run-plan.ts';

/** How an applied migration's files read now: what drift detection will compare them with. */
export interface Mark {
  readonly name: string;
  readonly checksum: string;
  readonly description?: string;
  readonly kind: 'sql' | 'code';
  readonly semanticHash?: string;
  /** The text, where it may be kept. */
  readonly script?: string;
}

/** A run that changes history and journal alone, in one transaction and one message. */
export async function recordRun(context: RunContext, names: readonly string[], sql: string): Promise<WithHead> {
  const whole = [startRun(context, 'up', names), sql, endRun(context.history, context.run, 'done')].join('\n');
  return endWithHead(context, whole).catch(async (error: unknown) => {
    await context.client.query('ROLLBACK').catch(() => {});
    throw error;
  });
}

export interface MarkRecord {
  readonly event: 'baselined' | 'repaired';
  /** SQL that brings the row of history about. */
  readonly history: string;
  readonly details: JournalDetails;
}

/** SQL that marks a migration as applied without running it. */
export function recordMark({ history: tables, run }: RunContext, mark: Mark, { event, history, details }: MarkRecord): string {
  const { name, checksum, kind, semanticHash, script } = mark;
  const journal = insertJournal(tables, {
    run,
    event,
    name,
    direction: 'up',
    checksum,
    detailsSql: withRow(tables, name, { kind, ...(semanticHash && { semanticHash }), ...details }),
    ...(script !== undefined && { script }),
  });
  return `${history}\n${journal}`;
}

/** SQL for the row of a migration that was applied before anybody recorded it. */
export const insertMark = ({ history }: RunContext, { name, checksum, description }: Mark): string =>
  insertHistory(history, { name, checksum, durationMs: 'NULL::int', ...(description && { description }) });
