import type { ConnectionSettings } from '../../model/environment.ts';
import { type DumpPrograms, startProgram } from '../archive/program.ts';
import { dumpRefusal } from '../archive/refusals.ts';
import { type Destination, type Watching, type Written, writeBackup } from '../archive/write-backup.ts';
import { withLibpqEnvironment } from './libpq-environment.ts';

export interface DumpRequest {
  readonly programs: DumpPrograms;
  readonly settings: ConnectionSettings;
  readonly snapshotId: string;
  readonly destination: Destination;
  readonly watching: Watching;
  /** Told each table when its rows begin. */
  readonly onTable: (name: string) => void;
}

const LOCK_WAIT_MS = 60_000;

/** `pg_dump -Fc` of one snapshot, streamed to where it belongs. @throws LockstepError (exit 3) in pg_dump's own words */
export async function dumpDatabase({ programs, settings, snapshotId, destination, watching, onTable }: DumpRequest): Promise<Written> {
  const args = ['--format=custom', '--verbose', `--snapshot=${snapshotId}`, `--lock-wait-timeout=${LOCK_WAIT_MS}`];
  return withLibpqEnvironment(settings, async (environment) => {
    const said: string[] = [];
    const onLine = (line: string): void => {
      const [, name] = /dumping contents of table "(.*)"/.exec(line) ?? [];
      if (name) onTable(name);
      else if (!/pg_dump: (reading|finding|flagging|identifying|saving|last built|creating|dumping|entering)/.test(line)) said.push(line);
    };
    const program = startProgram(programs.pgDump, args, { environment, onLine, signal: watching.signal });
    program.stdin.end();
    try {
      const written = await writeBackup(program.stdout, destination, watching);
      const end = await program.ended;
      if (end.status !== 0) throw dumpRefusal({ ...end, said: said.join('\n') }, settings.user);
      return written;
    } catch (error) {
      program.kill();
      await program.ended;
      throw error;
    }
  });
}
