import type { Client } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';
import { askOne, type Question } from './ask.ts';

export const BACKEND_PID: Question<number> = { sql: 'SELECT pg_catalog.pg_backend_pid() AS pid', read: ([row]) => row?.pid ?? 0 };

const backendPid = (client: Client): Promise<number> => askOne(client, BACKEND_PID);

/**
 * Refuses a transaction pooler, where a session advisory lock belongs to whichever client comes next: for a connection that does not
 * show itself as a direct one, by the server's own pid being that of the protocol's start. A second connection tells: A has read its
 * backend, B begins and reads, A reads again. A session pooler passes.
 * @throws LockstepError
 */
export async function verifyNoTransactionPooler(client: Client, before: number, openSecond: () => Promise<Client>): Promise<void> {
  const second = await openSecond();
  try {
    await second.query('BEGIN');
    const other = await backendPid(second);
    const after = await backendPid(client);
    await second.query('ROLLBACK');
    if (before === after && before !== other) return;
  } finally {
    await second.end().catch(() => {});
  }
  throw new LockstepError({
    code: 'transaction-pooler',
    what: 'The connection goes through a transaction pooler: each transaction may land on another server session, so no lock can protect the run',
    next: "connect to PostgreSQL itself (its own host and port, often 5432) or to the pooler's session mode: set DB_HOST and DB_PORT, or DATABASE_URL",
  });
}
