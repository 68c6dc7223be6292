import path from 'node:path';
import type { LockstepError } from '../model/lockstep-error.ts';
import { runProgram } from './run-program.ts';
import { serverFailure } from './server-refusals.ts';
import { logFileOf, type ServerSpec } from './server-spec.ts';
import { readServerState } from './server-state.ts';

const PATIENCE_S = 120;

/**
 * Stops the server of a data folder; false when none runs. `fast` ends the sessions and keeps everything; `immediate` is for data nobody wants any more.
 * Never signals a process that is not this folder's server. Refuses with PostgreSQL's own words.
 */
export async function stopServer(
  spec: Pick<ServerSpec, 'bin' | 'dataDir' | 'account'>,
  mode: 'fast' | 'immediate' = 'fast',
): Promise<boolean> {
  const { kind } = await readServerState(spec.dataDir);
  if (kind === 'down') return false;
  const args = ['stop', '-D', spec.dataDir, '-m', mode, '-w', '-t', String(PATIENCE_S), '-s'];
  const { status, output } = await runProgram(path.join(spec.bin, 'pg_ctl'), args, spec);
  const isDown = status === 0 || (await readServerState(spec.dataDir)).kind === 'down';
  if (!isDown) throw noStop(logFileOf(spec.dataDir), output);
  return true;
}

function noStop(log: string, said: string): LockstepError {
  return serverFailure({ what: 'The development server does not stop', said, file: log, next: 'npm run db:stop' });
}
