import type { History } from '../history/history.ts';
import { insertJournal } from '../history/journal.ts';
import type { Emit } from '../model/event.ts';
import type { OpenRun } from '../model/history.ts';

/** `the run of 2026-11-22 09:14:03 UTC by ann@ci (002_add_x, 003_add_y)` */
function describeOpenRun({ startedAt, by, steps }: OpenRun): string {
  const names = steps.length > 3 ? `${steps.slice(0, 3).join(', ')} and ${steps.length - 3} more` : steps.join(', ');
  return `the run of ${startedAt.toISOString().slice(0, 19).replace('T', ' ')} UTC by ${by} (${names})`;
}

/**
 * Closes runs that began and never ended. To be called by whoever holds the RunLock: their holders are gone.
 * What they left half-done is found step by step, when the plan comes to it.
 */
export async function settleOpenRuns(history: History, openRuns: readonly OpenRun[], emit: Emit): Promise<void> {
  for (const open of openRuns) {
    await history.client.query(
      insertJournal(history, { run: open.run, event: 'settled', direction: open.direction, details: { as: 'interrupted' } }),
    );
    emit({
      type: 'settled',
      text: `${describeOpenRun(open)} was interrupted; what it committed is in history, and this run resumes from there`,
    });
  }
}
