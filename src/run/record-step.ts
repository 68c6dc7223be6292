import { rememberHead } from '../history/head-file.ts';
import { deleteHistory, type HistoryTables, insertHistory, type NewHistoryRow } from '../history/history.ts';
import { cancelJobs } from '../history/jobs.ts';
import { insertJournal, withRow } from '../history/journal.ts';
import { findHead, keepHeadSql } from '../history/journal-head.ts';
import type { JournalHead } from '../model/audit.ts';
import { given } from '../model/given.ts';
import type { JournalDetails } from '../model/history.ts';
import { isRepeatable } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import { SETTINGS_KEPT } from '../pg/session.ts';
import { literal } from '../pg/sql-text.ts';
import type { RunContext } from './run-context.ts';

/** Milliseconds since the transaction began, as SQL. */
export const SINCE_BEGIN = '(extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.now()) * 1000)::int';

export interface StepRecord {
  /** SQL for more details. */
  readonly more?: string;
  readonly durationMs: string;
  /** The run ends with this step, in the same transaction. */
  readonly isLast: boolean;
}

/** SQL that records a finished step in history and journal. To be sent in the transaction that holds the change. */
export function recordStep({ history: tables, run, session }: RunContext, step: Step, { durationMs, isLast, more }: StepRecord): string {
  const { name } = step.migration;
  const history =
    step.direction === 'up'
      ? `${isRepeatable(step.migration) ? deleteHistory(tables, name) : ''}${insertHistory(tables, rowOf(step, durationMs))}`
      : `${deleteHistory(tables, name)}${cancelJobs(tables, name)}`;
  const isKept = step.kind === 'sql' && !step.script.hasSecret;
  const details: JournalDetails =
    step.kind === 'sql' ? { kind: 'sql', semanticHash: step.script.semanticHash, ...given({ rollback: step.rollback }) } : { kind: 'code' };
  const journal = insertJournal(tables, {
    run,
    event: step.direction === 'up' ? 'step-done' : 'step-rolled-back',
    name,
    direction: step.direction,
    checksum: step.checksum,
    detailsSql: withMore(more, step.direction === 'up' ? withRow(tables, name, details) : `${literal(JSON.stringify(details))}::jsonb`),
    ...(isKept && { script: step.script.file.text }),
  });
  const end = isLast ? endRun(tables, run, 'done') : '';
  return `${session.ourselves}\n${history}\n${journal}\n${end}`;
}

const rowOf = ({ migration, checksum, description }: Step, durationMs: string): NewHistoryRow => ({
  name: migration.name,
  checksum,
  durationMs,
  ...(description && { description }),
  hasNoBatch: isRepeatable(migration),
});

const withMore = (more: string | undefined, details: string): string => withTaken(more === undefined ? details : `${details} || ${more}`);

/** What the look before COMMIT found goes with the details. */
const withTaken = (details: string): string =>
  `${details} || coalesce((SELECT pg_catalog.jsonb_build_object('taken', t::jsonb) FROM nullif(pg_catalog.current_setting('lockstep.taken', true), '') t WHERE t IS NOT NULL), '{}')`;

/** SQL that records a finished part of a script that cannot run as a whole; to be sent behind `KEEP_SETTINGS`. */
export function recordPart(
  { history, run, session }: RunContext,
  step: Step,
  part: { readonly number: number; readonly checksum: string; readonly text?: string | undefined },
): string {
  const journal = insertJournal(history, {
    run,
    event: 'part-done',
    name: step.migration.name,
    direction: step.direction,
    part: part.number,
    checksum: part.checksum,
    detailsSql: part.text === undefined ? SETTINGS_KEPT : `${SETTINGS_KEPT} || ${literal(JSON.stringify({ text: part.text }))}::jsonb`,
  });
  return `${session.ourselves}\n${journal}`;
}

export function endRun(history: HistoryTables, run: string, result: 'done' | 'failed' | 'interrupted'): string {
  return insertJournal(history, { run, event: 'run-ended', details: { result } });
}

/** What a script has set for its session may let it only read. */
export const OWN_BEGIN = 'BEGIN READ WRITE';

/** SQL that records in a transaction of its own, whatever role the script has taken. */
export const inOwnTransaction = ({ session }: RunContext, record: string): string => `${OWN_BEGIN}; ${session.ourselves} ${record} COMMIT;`;

export interface WithHead {
  readonly journal?: JournalHead;
}

/** Ends a run and keeps the journal's head, in one message: whoever repeats a command that was cut off meets its end or its beginning. */
export async function endWithHead(context: RunContext, end: string): Promise<WithHead> {
  const journal = findHead(await context.client.query(inOwnTransaction(context, `${end}\n${keepHeadSql(context.history)}`)));
  if (!journal) return {};
  rememberHead(context.root, context.place, journal);
  return { journal };
}

/** Keeps the journal's head after a run that has ended; what is not possible now is made up for by the next one. */
export async function keepHead(context: RunContext): Promise<WithHead> {
  return endWithHead(context, '').catch(async () => {
    await context.client.query('ROLLBACK').catch(() => {});
    return {};
  });
}
