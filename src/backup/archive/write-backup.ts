import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { flushFile } from '../../files/disk.ts';
import { type Program, startProgram } from './program.ts';
import { commandRefusal, writeRefusal } from './refusals.ts';

export interface Destination {
  /** Absolute path of the file, or of what would be it. */
  readonly file: string;
  /** `LOCKSTEP_BACKUP` of the command. */
  readonly name: string;
  readonly command?: string;
}

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

export interface Watching {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  /** Reads along what a command takes, since nobody can read it back. */
  readonly alongside?: Writable;
}

/**
 * Streams a backup into its file (mode 0600, flushed) or into a command's standard input, and hashes it on the way.
 * @throws LockstepError (exit 3) where it cannot be written; whatever `source` throws
 */
export async function writeBackup(source: Readable, destination: Destination, watching: Watching): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      watching.onBytes(bytes);
      giveAlong(watching.alongside, chunk).then(() => done(null, chunk), done);
    },
  });
  try {
    await sendTo(source, meter, { destination, signal: watching.signal, bytes: () => bytes });
  } catch (error) {
    // A reader that waits for the rest would wait for ever.
    watching.alongside?.destroy();
    throw error;
  }
  watching.alongside?.end();
  return { bytes, sha256: hash.digest('hex') };
}

/** A reader that has given up takes no more; what it found is told by itself. */
async function giveAlong(reader: Writable | undefined, chunk: Buffer): Promise<void> {
  if (!reader || reader.destroyed || reader.write(chunk)) return;
  await Promise.race([once(reader, 'drain'), once(reader, 'close')]).catch(() => {});
}

interface Sending {
  readonly destination: Destination;
  readonly signal: AbortSignal;
  readonly bytes: () => number;
}

async function sendTo(source: Readable, meter: Transform, { destination, signal, bytes }: Sending): Promise<void> {
  const { file, command, name } = destination;
  const program = command === undefined ? undefined : startCommand(command, name, signal);
  const sink = program?.stdin ?? createWriteStream(file, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(source, meter, sink, { signal });
  } catch (error) {
    program?.kill();
    if (signal.aborted) throw error;
    if (program && isClosedPipe(error)) throw commandRefusal(await program.ended);
    throw (error as NodeJS.ErrnoException).syscall === 'write' || (error as NodeJS.ErrnoException).syscall === 'open'
      ? writeRefusal(file, bytes(), error)
      : error;
  }
  if (program) {
    // It has been given everything and may still take its time.
    const end = await program.ended;
    if (end.status !== 0) throw commandRefusal(end);
    return;
  }
  try {
    flushFile(file);
  } catch (error) {
    throw writeRefusal(file, bytes(), error);
  }
}

const isClosedPipe = (error: unknown): boolean =>
  ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes((error as NodeJS.ErrnoException).code ?? '');

function startCommand(command: string, name: string, signal: AbortSignal): Program {
  const environment = { ...process.env, LOCKSTEP_BACKUP: name };
  const program = startProgram('/bin/sh', ['-c', command], { environment, signal, hasChildren: true });
  program.stdout.resume();
  return program;
}
