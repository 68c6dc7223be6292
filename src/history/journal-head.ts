import type { QueryResult } from 'pg';
import type { JournalHead } from '../model/audit.ts';
import type { History, HistoryTables } from './history.ts';

/**
 * SQL that keeps the journal's head outside the journal, and answers it. A kept head that the journal no longer has is evidence:
 * it stays until somebody has looked at it.
 */
export function keepHeadSql({ journal, lock }: HistoryTables): string {
  return `UPDATE ${lock} l SET journal_head = last.id || ':' || last.hash FROM (SELECT id, hash FROM ${journal} ORDER BY id DESC LIMIT 1) last
WHERE l.journal_head IS NULL OR EXISTS (SELECT FROM ${journal} kept WHERE kept.hash = pg_catalog.split_part(l.journal_head, ':', 2)
  AND kept.id = CASE WHEN l.journal_head ~ '^[0-9]{1,18}:' THEN pg_catalog.split_part(l.journal_head, ':', 1)::bigint END);
SELECT id AS journal_count, hash AS journal_head FROM ${journal} ORDER BY id DESC LIMIT 1;`;
}

/** The head among the answers to a text that held `keepHeadSql`. */
export function findHead(answers: unknown): JournalHead | undefined {
  const results = (Array.isArray(answers) ? answers : [answers]) as readonly QueryResult<{ journal_count: string; journal_head: string }>[];
  const row = results.flatMap(({ rows }) => rows).find((one) => 'journal_head' in one);
  return row && { count: Number(row.journal_count), head: row.journal_head };
}

/** The head that the database itself keeps: `42:3f9a…`. To be asked only where the lock table has the column. */
export async function readKeptHead(history: History): Promise<string | undefined> {
  const { rows } = await history.client.query<{ journal_head: string | null }>(
    `SELECT journal_head FROM ${history.lock} WHERE journal_head IS NOT NULL LIMIT 1`,
  );
  return rows[0]?.journal_head ?? undefined;
}
