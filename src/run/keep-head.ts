import { findHead, keepHeadSql } from '../history/journal-head.ts';
import type { JournalHead } from '../model/audit.ts';
import { alone } from './record-step.ts';
import type { RunContext } from './run-context.ts';

export interface WithHead {
  readonly journal?: JournalHead;
}

const withHead = (answers: unknown): WithHead => {
  const journal = findHead(answers);
  return journal ? { journal } : {};
};

/** Ends a run and keeps the journal's head, in one message: whoever repeats a command that was cut off meets its end or its beginning. */
export async function endWithHead(context: RunContext, end: string): Promise<WithHead> {
  return withHead(await context.client.query(alone(context, `${end}\n${keepHeadSql(context.settings.schema)}`)));
}

/** Keeps the journal's head after a run that has ended; what is not possible now is made up for by the next one. */
export async function keepHead(context: RunContext): Promise<WithHead> {
  return endWithHead(context, '').catch(async () => {
    await context.client.query('ROLLBACK').catch(() => {});
    return {};
  });
}
