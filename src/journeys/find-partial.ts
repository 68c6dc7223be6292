import type { Client } from 'pg';
import { readAttempts } from '../history/read-attempts.ts';
import type { HistoryRow } from '../model/history.ts';
import { versionNumber } from '../model/migration.ts';

/** Names of migrations that are not in history and of which an attempt applied parts, highest version first. */
export async function findPartial(client: Client, schema: string, history: readonly HistoryRow[]): Promise<readonly string[]> {
  const attempts = await readAttempts(client, { schema, applied: history, pending: new Set() });
  return attempts
    .filter(({ direction, partsDone }) => direction === 'up' && partsDone > 0)
    .map(({ name }) => name)
    .sort((a, b) => (versionNumber(a) < versionNumber(b) ? 1 : -1));
}
