import { type Snapshot, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import type { TestDatabase } from '../support/database.ts';

const OURS = /^(?:[a-z -]+ )?public\.schema_migrations/;

/** Of everything but the history. */
export async function pictureOf(database: TestDatabase): Promise<Snapshot> {
  const client = await database.connect();
  const lines = await takeSnapshot(client);
  return lines.filter(({ name, table = '' }) => !OURS.test(name) && !OURS.test(table));
}
