import type { Client } from 'pg';

/** `I` outside of a transaction, `T` inside, `E` in one that failed (manual: protocol-message-formats, ReadyForQuery). */
export const transactionStatus = (client: Client): string | null =>
  (client as unknown as { getTransactionStatus(): string | null }).getTransactionStatus();

/**
 * Reads in one transaction that can write nothing and waits for nobody for long. Its settings end with it: behind a transaction
 * pooler, a setting of the session would stay on a server session that an application goes on to use.
 */
export async function inReadOnlyTransaction<T>(client: Client, body: () => Promise<T>): Promise<T> {
  await client.query(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '15s'; SET LOCAL lock_timeout = '5s'; SET LOCAL quote_all_identifiers = off",
  );
  try {
    return await body();
  } finally {
    await client.query('ROLLBACK').catch(() => {});
  }
}
