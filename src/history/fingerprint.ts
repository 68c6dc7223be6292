import { ask, type Question } from '../pg/ask.ts';
import { literal } from '../pg/sql-text.ts';
import type { History, HistoryTables } from './history.ts';

const shape = ({ rows, lock, journal }: HistoryTables): Question<string> => ({
  sql: `SELECT coalesce(pg_catalog.string_agg(pg_catalog.concat_ws('|', c.oid, c.relrowsecurity, c.relforcerowsecurity,
      (SELECT pg_catalog.string_agg(t.tgname || t.tgenabled::text, ',' ORDER BY t.tgname) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid),
      (SELECT pg_catalog.string_agg(r.rulename::text, ',' ORDER BY r.rulename) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid),
      (SELECT pg_catalog.string_agg(a.attname || a.atttypid::text, ',' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0)), ';' ORDER BY c.oid), '') AS shape
    FROM pg_catalog.pg_class c WHERE c.oid IN (${[rows, lock, journal].map((table) => `pg_catalog.to_regclass(${literal(table)})`).join(', ')})`,
  read: ([row]) => String(row?.shape),
});

// The journal is guarded by its triggers, and grows with each statement that begins.
const content = ({ rows }: HistoryTables): Question<string> => ({
  sql: `SELECT pg_catalog.count(*) || coalesce(pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws('|', id, name, batch, checksum), ',' ORDER BY id)), '')
    AS content FROM ${rows}`,
  read: ([row]) => String(row?.content),
});

/** The look and the rows of the history tables: what nobody but us changes while the RunLock is held. */
export async function fingerprintOf(history: History): Promise<string> {
  return (await ask(history.client, shape(history), content(history))).join('\n');
}

/** Whether they are as they were. To be asked outside of a transaction, as tables may be gone. */
export async function isStill(history: History, before: string): Promise<boolean> {
  const [now] = await ask(history.client, shape(history));
  return before.startsWith(`${now}\n`) && (await fingerprintOf(history)) === before;
}
