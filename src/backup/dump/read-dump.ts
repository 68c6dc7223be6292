import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BackedUpTable } from '../../model/backup.ts';
import { CopyLines, DumpScanner } from '../archive/copy-rows.ts';
import { type DumpPrograms, runToEnd, startProgram } from '../archive/program.ts';
import { proofRefusal } from '../archive/refusals.ts';
import type { ReadBack } from '../archive/verify-backup.ts';
import { bareEnvironment } from './libpq-environment.ts';

const quiet = () => ({ environment: bareEnvironment() });

/**
 * Reads every block of a dump back and counts its rows. `pg_restore --list` is not enough: it is content with a file that was cut
 * behind its table of contents. @throws LockstepError (exit 3) in pg_restore's own words, or when it is aborted
 */
export async function readDump({ pgRestore }: DumpPrograms, file: string, signal?: AbortSignal): Promise<ReadBack> {
  const [{ tables }, head] = await Promise.all([reading(pgRestore, [file], signal).tables, readHead(pgRestore, file)]);
  return { tables, ...head };
}

/** The same of a stream that goes elsewhere: what is written to `input` is read. */
export function readDumpStream({ pgRestore }: DumpPrograms): { readonly input: Writable; readonly found: Promise<ReadBack> } {
  const { input, tables } = reading(pgRestore, []);
  return { input, found: tables };
}

function reading(pgRestore: string, files: readonly string[], signal?: AbortSignal) {
  const program = startProgram(pgRestore, ['--data-only', '--file=-', ...files], { ...quiet(), signal });
  if (files.length > 0) program.stdin.end();
  const tables: BackedUpTable[] = [];
  let current: ReturnType<CopyLines['read']>;
  const lines = new CopyLines();
  const scanner = new DumpScanner({
    onLine: (line) => {
      current = lines.read(line);
      return current !== undefined;
    },
    onRowsEnd: (rows) => {
      if (current) tables.push({ ...current, rows });
    },
  });
  const finish = async (): Promise<ReadBack> => {
    const read = await pipeline(program.stdout, scanner).catch((error: unknown) => error);
    const { status, reason, said } = await program.ended;
    if (status !== 0) throw proofRefusal(`pg_restore cannot read it back (${said.trim().split('\n').at(-1) || reason})`);
    if (read) throw proofRefusal('pg_restore reads it back without an end', read);
    return { tables };
  };
  return { input: program.stdin, tables: finish() };
}

/** The dump's own head: whose it is and when it was made. Clock and zone are this machine's, as pg_dump ran here. */
async function readHead(pgRestore: string, file: string): Promise<Omit<ReadBack, 'tables'>> {
  const { status, output, said } = await runToEnd(pgRestore, ['--list', file], quiet());
  if (status !== 0) throw proofRefusal(`pg_restore cannot read its table of contents (${said.trim().split('\n').at(-1)})`);
  const [, database] = /^;\s+dbname: (.*)$/m.exec(output) ?? [];
  const [, at] = /^; Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/m.exec(output) ?? [];
  return { ...(database && { database }), ...(at && { at: new Date(`${at.replace(' ', 'T')}Z`) }) };
}
