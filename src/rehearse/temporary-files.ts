/**
 * Temporary files, told by the server to the session that made them: the counter of pg_stat_database moves when a transaction is over, and is that
 * of all sessions.
 */
import type { Client } from 'pg';
import { identifier } from '../pg/sql-text.ts';

/** Has sessions that begin from now on told of each temporary file. Only a superuser may want that; for others none are counted. */
export async function tellTemporaryFiles(client: Client, database: string): Promise<void> {
  for (const setting of ['log_temp_files = 0', "client_min_messages = 'log'"])
    await client.query(`ALTER DATABASE ${identifier(database)} SET ${setting}`).catch(() => {});
}

// In any language of the server: temporary file: path "base/pgsql_tmp/pgsql_tmp4711.0", size 1048576
const FILE = /\/pgsql_tmp.*\D(\d+)\D*$/s;

/** The size of a file that was told of; 0 for what tells of something else. */
export const temporaryBytes = (notice: string): number => Number(FILE.exec(notice)?.[1] ?? 0);
