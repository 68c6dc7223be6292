import { randomUUID } from 'node:crypto';
import { oidsQuestion, rowsQuestion } from '../history/history.ts';
import { halfAppliedQuestion } from '../history/journal.ts';
import { isRepeatable } from '../model/migration.ts';
import { ask } from '../pg/ask.ts';
import type { OpenRun } from './with-run.ts';

/** The target as the run before has left it, for another one under the same RunLock. */
export async function readAgain(run: OpenRun): Promise<OpenRun> {
  const { history, context } = run;
  await history.client.query(context.session.fresh);
  const [rows, halfApplied, oids] = await ask(history.client, rowsQuestion(history), halfAppliedQuestion(history), oidsQuestion(history));
  return {
    ...run,
    applied: rows.filter((row) => !isRepeatable(row)),
    repeatables: rows.filter(isRepeatable),
    halfApplied,
    context: { ...context, run: randomUUID(), oids },
  };
}
