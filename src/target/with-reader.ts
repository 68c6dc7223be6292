import type { Client } from 'pg';
import { readHistory } from '../history/history.ts';
import { inspectTables, type Tables } from '../history/tables.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import type { Target } from '../model/target.ts';
import { inReadOnlyTransaction } from '../pg/read-only.ts';
import { readTarget, verifyServerVersion } from '../pg/target.ts';
import { connectTarget } from './connect-target.ts';
import { openEnvironment } from './open-environment.ts';

/** A database to look at, and its history. */
export interface Reader {
  readonly client: Client;
  readonly target: Target;
  readonly tables: Tables;
  readonly history: readonly HistoryRow[];
}

/** Opens the target to look at it: no RunLock, and nothing is written, not even the history tables. */
export async function withReader<T>(journey: Journey, body: (reader: Reader) => Promise<T>): Promise<T> {
  const { settings } = await openEnvironment(journey);
  const client = await connectTarget({ settings, application: 'lockstep reader', createMissing: false, ...journey });
  try {
    return await inReadOnlyTransaction(client, async () => {
      const { target } = await readTarget(client, settings);
      verifyServerVersion(target);
      const tables = await inspectTables(client, settings.schema);
      const history = tables.history.length > 0 ? await readHistory(client, settings.schema) : [];
      return body({ client, target, tables, history });
    });
  } finally {
    await client.end().catch(() => {});
  }
}
