import type { UnansweredRollback } from '../history/unanswered-rollback.ts';
import { endRun } from '../run/record-step.ts';
import type { OpenRun } from '../target/with-run.ts';

/** The same command was cut off after its work was done: doing it once more would undo one migration too many. */
export async function acknowledgeRollback(
  { context, environment }: Pick<OpenRun, 'environment'> & { readonly context: Pick<OpenRun['context'], 'client' | 'settings' | 'emit'> },
  { run, name }: UnansweredRollback,
  command: string,
): Promise<void> {
  await context.client.query(endRun(context.settings.schema, run, 'done'));
  context.emit({
    type: 'note',
    text: `${name} was rolled back by the interrupted run, whose answer never arrived; nothing more was rolled back (${environment})`,
    next: `${command}   again, to roll back the one before it`,
  });
}
