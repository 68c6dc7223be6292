import type { JournalEvent } from '../model/history.ts';
import { identifier } from '../pg/sql-text.ts';
import type { RunContext } from './run-context.ts';

interface KeptSettings {
  readonly role: string;
  readonly authorization: string;
  readonly settings: Readonly<Record<string, string>> | null;
}

/** What finished parts set for their session (search path, role, timeouts) holds for the parts after them, in a later session too. */
export async function restoreSettings({ client, user }: RunContext, finished: JournalEvent | undefined): Promise<void> {
  const kept = finished?.details as unknown as KeptSettings | undefined;
  if (kept?.role === undefined) return;
  for (const [name, value] of Object.entries(kept.settings ?? {}))
    await client.query('SELECT pg_catalog.set_config($1, $2, false)', [name, value]);
  if (kept.authorization !== user) await client.query(`SET SESSION AUTHORIZATION ${identifier(kept.authorization)}`);
  if (kept.role !== 'none') await client.query(`SET ROLE ${identifier(kept.role)}`);
}
