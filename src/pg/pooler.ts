import type { Client } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';

const backendPid = async (client: Client): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
};

/**
 * Refuses a transaction pooler, where a session advisory lock belongs to whichever client comes next.
 * A direct connection shows itself: the server's own pid is the one of the protocol's start. Anything else is probed with a
 * second connection: A reads its backend, B begins and reads, A reads again. A session pooler passes.
 * @throws LockstepError
 */
export async function verifyNoTransactionPooler(client: Client, openSecond: () => Promise<Client>): Promise<void> {
  const before = await backendPid(client);
  if (before === (client as unknown as { processID: number | null }).processID) return;
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
    exitCode: 2,
  });
}
