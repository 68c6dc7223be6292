import type { Client } from 'pg';

/**
 * Reads in one transaction that can write nothing and waits for nobody for long. Its settings end with it: behind a transaction
 * pooler, a setting of the session would stay on a server session that an application goes on to use.
 */
export async function inReadOnlyTransaction<T>(client: Client, body: () => Promise<T>): Promise<T> {
  await client.query(
    "BEGIN READ ONLY; SET LOCAL statement_timeout = '15s'; SET LOCAL lock_timeout = '5s'; SET LOCAL quote_all_identifiers = off",
  );
  try {
    return await body();
  } finally {
    await client.query('ROLLBACK').catch(() => {});
  }
}
