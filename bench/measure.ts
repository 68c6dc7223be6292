import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Contender, Job } from './contenders.ts';

export interface Measured {
  readonly ms: number;
  /** Peak resident memory; NaN where /proc does not tell it. */
  readonly peakMb: number;
}

const SAMPLE_MS = 10;

export interface Circumstances {
  /** As if it ran on another machine: the server and its other clients come first at the processors. */
  readonly isElsewhere?: boolean;
}

/** Runs one command of a contender to its end. @throws Error with what it printed when it fails */
export function measure(contender: Contender, job: Job, { isElsewhere = false }: Circumstances = {}): Promise<Measured> {
  const { PATH = '', HOME = '' } = process.env;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...contender.args(job)], {
    cwd: contender.cwd,
    env: { PATH, HOME, NODE_ENV: 'production', ...contender.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (isElsewhere && child.pid) os.setPriority(child.pid, os.constants.priority.PRIORITY_LOW);
  let [printed, peakMb] = ['', Number.NaN];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  // A high-water mark only rises: the last sample misses at most the last milliseconds.
  const sampler = setInterval(() => {
    peakMb = readPeakMb(child.pid) ?? peakMb;
  }, SAMPLE_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(sampler);
      if (code === 0) resolve({ ms: performance.now() - startedAt, peakMb });
      else reject(new Error(`${contender.name} ${job} ended with ${code}:\n${printed.slice(-2000)}`));
    });
  });
}

function readPeakMb(pid: number | undefined): number | undefined {
  try {
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
