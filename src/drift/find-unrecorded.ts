import type { History } from '../history/history.ts';
import { readChanges } from '../history/journal.ts';
import { type Drift, repairCommand } from '../model/drift.ts';
import { replay } from './replay.ts';

/** Pending as far as history goes, while the journal says that it is applied: whoever runs it does it twice. */
export async function findUnrecorded(history: History, pending: readonly string[]): Promise<readonly Drift[]> {
  if (pending.length === 0) return [];
  const applied = replay(await readChanges(history, pending));
  return pending.flatMap((name): readonly Drift[] => {
    if (!applied.has(name)) return [];
    const what = `${name} was applied, and its row of history was deleted by hand; to apply it again would do it twice`;
    const [back, undone] = (['reinsert', 'forget'] as const).map((kind) => repairCommand({ kind, name }));
    return [{ kind: 'unrecorded', name, stops: true, what, next: `${back}   or, where it was undone by hand too: ${undone}` }];
  });
}
