import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { withTemporaryFolder } from '../../files/temporary-folder.ts';
import type { TableName } from '../../model/backup.ts';
import type { ConnectionSettings } from '../../model/environment.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import { withConnection } from '../../pg/connect.ts';
import { type DumpPrograms, type ProgramEnd, runToEnd, startProgram } from '../archive/program.ts';
import { failureOf } from '../archive/refusals.ts';
import { selectTable } from './dump-contents.ts';
import { bareEnvironment, withLibpqEnvironment } from './libpq-environment.ts';

export interface DumpRestore {
  readonly programs: DumpPrograms;
  readonly file: string;
  /** Leads to the database that takes it. */
  readonly settings: ConnectionSettings;
  readonly signal: AbortSignal;
  /** One table with what hangs on it. */
  readonly table?: TableName;
  readonly withoutOwners?: boolean;
}

/** Restores a dump, or one table of it, as a whole or not at all. @throws LockstepError in pg_restore's own words */
export async function restoreDump(restore: DumpRestore): Promise<void> {
  const { table } = restore;
  if (!table) return runRestore(restore, []);
  await withTemporaryFolder(async (folder) => runRestore(restore, ['--single-transaction', ...(await writeList(restore, table, folder))]));
}

async function runRestore({ programs, file, settings, signal, withoutOwners }: DumpRestore, more: readonly string[]): Promise<void> {
  const options = [...(withoutOwners ? ['--no-owner', '--no-privileges'] : []), ...more];
  const args = ['--exit-on-error', ...options, `--dbname=${conninfo(settings)}`, file];
  const end = await withLibpqEnvironment(await withArrayNulls(settings), async (environment) => {
    const program = startProgram(programs.pgRestore, args, { environment, signal });
    program.stdin.end();
    program.stdout.resume();
    return program.ended;
  });
  if (end.status !== 0) throw restoreFailed(end);
}

/** With `array_nulls = off`, NULL in an array would come back as text. Not every pooler takes options, so only where it is needed. */
async function withArrayNulls(settings: ConnectionSettings): Promise<ConnectionSettings> {
  const { rows } = await withConnection(settings, (client) => client.query<{ array_nulls: string }>('SHOW array_nulls'));
  return rows[0]?.array_nulls === 'on' ? settings : { ...settings, options: `${settings.options ?? ''} -c array_nulls=on`.trim() };
}

// A name alone would be taken for a connection string where it holds a "=".
const conninfo = ({ database }: ConnectionSettings): string => `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

async function writeList({ programs, file }: DumpRestore, table: TableName, folder: string): Promise<readonly string[]> {
  const listed = await runToEnd(programs.pgRestore, ['--list', '--verbose', file], { environment: bareEnvironment() });
  if (listed.status !== 0) throw restoreFailed(listed);
  const chosen = path.join(folder, 'list');
  writeFileSync(chosen, selectTable(listed.output, table).join('\n'));
  return [`--use-list=${chosen}`];
}

function restoreFailed(end: ProgramEnd): LockstepError {
  const role = /role "([^"]+)" does not exist/.exec(end.said)?.[1];
  return new LockstepError({
    code: 'restore-failed',
    ...failureOf('pg_restore', end),
    next:
      role === undefined
        ? 'put that right and restore again; nothing was left behind'
        : `CREATE ROLE "${role}";   or restore with --without-owners`,
    exitCode: 1,
  });
}
