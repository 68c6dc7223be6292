import { appendHead } from '../history/head-file.ts';
import { readDatabaseId } from '../history/journal-head.ts';
import type { JournalHead } from '../model/audit.ts';
import type { Target } from '../model/target.ts';
import type { RunContext } from '../run/run-context.ts';

/**
 * Asks which database this is, before a run. @returns what writes the run's head down on this machine, without asking again:
 * after a run that ended, every message more is one at which a command could be cut off.
 */
export async function prepareMemory(
  { client, root }: Pick<RunContext, 'client' | 'root'>,
  { host, port, database, schema }: Target,
): Promise<(journal: JournalHead | undefined) => void> {
  const id = await readDatabaseId(client);
  return (journal) => {
    if (journal) appendHead(root, { id, host, port, database, schema }, journal);
  };
}
