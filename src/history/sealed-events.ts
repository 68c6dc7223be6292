import type { JournalEvent } from '../model/history.ts';
import { oneMessage } from '../pg/sql-text.ts';
import type { History } from './history.ts';
import { COLUMNS, type StoredEvent, toEvent } from './journal.ts';
import { eventHash, tableTriggers } from './table-functions.ts';

/** An event with its hashes: as they are stored, and as they must be. */
export interface SealedEvent extends JournalEvent {
  readonly prevHash: string;
  readonly hash: string;
  /** Computed from what the event says now. */
  readonly rightHash: string;
}

/** The whole journal, oldest first. */
export async function readSealedEvents(history: History): Promise<readonly SealedEvent[]> {
  const { rows } = await history.client.query<StoredEvent & { prev_hash: string; hash: string; right_hash: string }>(
    `SELECT ${COLUMNS}, prev_hash, hash, ${eventHash('j')} AS right_hash FROM ${history.journal} j ORDER BY j.id`,
  );
  return rows.map((row) => ({ ...toEvent(row), prevHash: row.prev_hash, hash: row.hash, rightHash: row.right_hash }));
}

/** Rows of history that have no name: nobody's, and not ours. */
export async function countNameless(history: History): Promise<number> {
  const { rows } = await history.client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${history.rows} WHERE name IS NULL`);
  return rows[0]?.n ?? 0;
}

/** A trigger that guards the tables, and what of it is not as this version makes it. */
export interface Guard {
  readonly name: string;
  readonly table: string;
  readonly state: 'in place' | 'missing' | 'partial' | 'disabled' | 'changed';
}

const GUARDS = `SELECT t.tgname::text AS name, t.tgenabled::text AS enabled, t.tgtype::int AS type, t.tgqual IS NULL AS always, p.prosrc AS body,
  p.proconfig::text AS config, p.proname = t.tgname AND p.pronamespace = c.relnamespace AS ours
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE n.nspname = $1 AND c.relname = ANY ($2) AND NOT t.tgisinternal`;

interface GuardRow {
  readonly name: string;
  readonly enabled: string;
  readonly type: number;
  readonly always: boolean;
  readonly body: string;
  readonly config: string | null;
  readonly ours: boolean;
}

export async function readGuards(history: History): Promise<readonly Guard[]> {
  const { rows } = await history.client.query<GuardRow>(oneMessage(GUARDS, [history.schema, [history.names.rows, history.names.journal]]));
  return tableTriggers(history).map(({ name, table, type, body }) => {
    const row = rows.find((one) => one.name === name);
    const isSame = row?.ours && row.type === type && row.always && row.body === body && row.config === '{search_path=pg_catalog}';
    if (row?.enabled === 'A') return { name, table, state: isSame ? 'in place' : 'changed' };
    return { name, table, state: !row ? 'missing' : row.enabled === 'O' ? 'partial' : 'disabled' };
  });
}
