import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { given } from '../../model/given.ts';

export interface DumpPrograms {
  readonly pgDump: string;
  readonly pgRestore: string;
  /** `15.18` */
  readonly version: string;
  readonly major: number;
}

export interface ProgramEnd {
  /** Undefined when it was killed or could not be started. */
  readonly status?: number;
  /** What ended it: `SIGKILL`, `ENOENT`. */
  readonly reason?: string;
  /** The last of what it said. */
  readonly said: string;
}

export interface Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  readonly kill: () => void;
}

export interface ProgramOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** A shell, say: what it starts is ended with it, and Ctrl+C is ours to hand on. */
  readonly hasChildren?: boolean;
}

const KEPT_CHARS = 8_000;
/** How long a program may take to tidy up once it is told to stop. */
const GRACE_MS = 3_000;

/** Starts a program whose input and output are streams. Whoever starts it reads `stdout` to its end, or it waits for ever. */
export function startProgram(program: string, args: readonly string[], options: ProgramOptions): Program {
  const { environment, onLine, signal, hasChildren = false } = options;
  const child = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true, detached: hasChildren });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-KEPT_CHARS);
  });
  if (onLine) createInterface({ input: child.stderr }).on('line', onLine);
  // A program that ends early closes its input: its exit tells why.
  child.stdin.on('error', () => {});
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve({ reason: error.code ?? error.message, said: error.message }));
    child.once('close', (status, reason) => resolve({ said, ...given({ status, reason }) }));
  });
  const kill = (): void => endProgram(child, hasChildren, ended);
  signal?.addEventListener('abort', kill, { once: true });
  void ended.then(() => signal?.removeEventListener('abort', kill));
  return { stdin: child.stdin, stdout: child.stdout, ended, kill };
}

function endProgram(child: ChildProcess, hasChildren: boolean, ended: Promise<ProgramEnd>): void {
  const tell = (signal: NodeJS.Signals): void => {
    if (!hasChildren || child.pid === undefined) return void child.kill(signal);
    try {
      process.kill(-child.pid, signal);
    } catch {
      // All of them are gone.
    }
  };
  tell('SIGTERM');
  const timer = setTimeout(() => tell('SIGKILL'), GRACE_MS);
  void ended.then(() => clearTimeout(timer));
}

/** Runs a program to its end; what it prints. */
export async function runToEnd(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd & { readonly output: string }> {
  const { stdin, stdout, ended } = startProgram(program, args, options);
  stdin.end();
  let output = '';
  stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  stdout.on('error', () => {});
  return { ...(await ended), output };
}
