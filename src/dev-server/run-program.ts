import { spawn } from 'node:child_process';
import type { Account } from './account.ts';

export interface ProgramResult {
  /** Undefined when the program could not be started or was killed. */
  readonly status?: number;
  readonly output: string;
  /** Why it could not be started: `EACCES`, `ENOENT`. */
  readonly errorCode?: string;
}

interface RunOptions {
  readonly account: Account | undefined;
  /** The program leaves a server behind. */
  readonly leavesServer?: boolean;
}

/** Runs a program of PostgreSQL to its end, as the given account, away from the caller's folder and settings. */
export function runProgram(
  program: string,
  args: readonly string[],
  { account, leavesServer = false }: RunOptions,
): Promise<ProgramResult> {
  // On Windows the server inherits the pipes of pg_ctl and would keep them open as long as it lives.
  const pipe = leavesServer && process.platform === 'win32' ? 'ignore' : 'pipe';
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: '/',
      env: bareEnvironment(),
      stdio: ['ignore', leavesServer ? 'ignore' : 'pipe', pipe],
      windowsHide: true,
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    child.once('error', (error: NodeJS.ErrnoException) => resolve({ output: error.message, errorCode: error.code ?? 'unknown' }));
    child.once('close', (status) => resolve({ ...(status !== null && { status }), output: output.join('') }));
  });
}

/** PGHOST, PGOPTIONS, PGDATA and the user's language must not reach the server; LC_ALL=C makes its messages readable for us. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'TMP'].map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}
