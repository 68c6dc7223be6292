import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Readable } from 'node:stream';
import type { Contender, Job } from './contenders.ts';

export interface Measured {
  readonly ms: number;
  /** Processor time of it and of what it starts. */
  readonly cpuMs: number;
  /** Peak resident memory; NaN where /proc does not tell it. */
  readonly peakMb: number;
}

/** By operation, then by contender. */
export type Results = Map<string, Map<string, Measured[]>>;

const SAMPLE_MS = 10;

// Node does not tell what a child took; bash does, and costs all contenders the same two milliseconds.
const TIMED = ['-c', 'TIMEFORMAT="%U %S"; { time "$@" 2>&4 3>&- 4>&-; } 4>&2 2>&3', 'bash'];

export interface Circumstances {
  /** As if it ran on another machine: the server and its other clients come first at the processors. */
  readonly isElsewhere?: boolean;
}

/** Runs one command of a contender to its end. Undefined where it has none. @throws Error with what it printed when it fails */
export async function measure(contender: Contender, job: Job, { isElsewhere = false }: Circumstances = {}): Promise<Measured | undefined> {
  const command = contender.command(job);
  if (!command) return undefined;
  const { PATH = '', HOME = '' } = process.env;
  const startedAt = performance.now();
  const child = spawn('bash', [...TIMED, ...command], {
    cwd: contender.cwd,
    env: { PATH, HOME, NODE_ENV: 'production', ...contender.env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  if (isElsewhere && child.pid) os.setPriority(child.pid, os.constants.priority.PRIORITY_LOW);
  const [, out, err, time] = child.stdio as readonly Readable[];
  const [printed, times] = [collect(out, err), collect(time)];
  let peakMb = Number.NaN;
  // A high-water mark only rises: the last sample misses at most the last milliseconds.
  const sampler = setInterval(() => {
    peakMb = readPeakMb(child.pid) ?? peakMb;
  }, SAMPLE_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(sampler);
      const cpuMs = times()
        .trim()
        .split(' ')
        .reduce((sum, seconds) => sum + Number(seconds) * 1000, 0);
      if (code === 0) resolve({ ms: performance.now() - startedAt, cpuMs, peakMb });
      else reject(new Error(`${contender.name} ${job} ended with ${code}:\n${printed().slice(-2000)}`));
    });
  });
}

function collect(...streams: readonly (Readable | undefined)[]): () => string {
  let text = '';
  for (const stream of streams) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

/** Of the first child of bash. */
function readPeakMb(bash: number | undefined): number | undefined {
  try {
    const [pid] = readFileSync(`/proc/${bash}/task/${bash}/children`, 'utf8').split(' ');
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes ? Number(kilobytes) / 1024 : undefined;
  } catch {
    return undefined;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
