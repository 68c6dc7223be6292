/** The column under which a batch tells how many sessions wait for it. */
export const WAITING = 'lockstep_waiting';

/** Sent before its COMMIT: afterwards nobody waits any more. */
export const COUNT_WAITING = `SELECT pg_catalog.count(DISTINCT pid) AS ${WAITING} FROM pg_catalog.pg_locks WHERE NOT granted AND pg_catalog.pg_backend_pid() = ANY (pg_catalog.pg_blocking_pids(pid));`;

/** For the live line, behind "gives way to". */
export const whoWaited = (waiting: number): string | undefined =>
  waiting === 0 ? undefined : `${waiting === 1 ? 'one session' : `${waiting} sessions`} that waited for the last batch`;

type Rows = readonly Readonly<Record<string, string | null>>[];

export const readWaiting = (rows: Rows): number => Number(rows.find((row) => WAITING in row)?.[WAITING] ?? 0);
