import type { Client } from 'pg';
import { replay } from '../../drift/replay.ts';
import { readChanges } from '../../history/journal.ts';
import { type Drift, repairCommand } from '../../model/drift.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import type { Gate } from './gate.ts';

/** What history does not have and the journal says is applied is not to be applied twice. */
export const recordedGate: Gate = async ({ run, plan }) => {
  const { client, settings } = run.context;
  if (plan.direction === 'up')
    await verifyRecorded(
      client,
      settings.schema,
      plan.steps.map(({ migration }) => migration.name),
    );
  return {};
};

/** @throws LockstepError (exit 3) with the command that brings the row of history back */
export async function verifyRecorded(client: Client, schema: string, names: readonly string[]): Promise<void> {
  const [first] = await findUnrecorded(client, schema, names);
  if (first) throw new LockstepError({ code: 'drift-unrecorded', what: first.what, next: first.next, exitCode: 3 });
}

/** Pending as far as history goes, while the journal says that it is applied: whoever runs it does it twice. */
export async function findUnrecorded(client: Client, schema: string, pending: readonly string[]): Promise<readonly Drift[]> {
  if (pending.length === 0) return [];
  const applied = replay(await readChanges(client, schema, pending));
  return pending.flatMap((name): readonly Drift[] => {
    if (!applied.has(name)) return [];
    const what = `${name} was applied, and its row of history was deleted by hand; to apply it again would do it twice`;
    const [back, undone] = (['reinsert', 'forget'] as const).map((kind) => repairCommand({ kind, name }));
    return [{ kind: 'unrecorded', name, stops: true, what, next: `${back}   or, where it was undone by hand too: ${undone}` }];
  });
}
