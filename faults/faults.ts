import path from 'node:path';
import { LockstepError } from '../src/model/lockstep-error.ts';
import { type Result, runMatrix } from './matrix.ts';
import { MUTANTS, type MutantResult, tryMutant } from './mutants.ts';
import type { Counts } from './page.ts';
import { type Entry, planEntries, type Scope } from './plan.ts';
import { countsOf, kindCounts, sectionOf, summaryOf } from './report.ts';
import { pickSome } from './sample.ts';
import { makeFolder, missingServers, removeFolder } from './server.ts';
import { openWorkshop } from './workshop.ts';

export interface FaultsOptions {
  readonly runner: 'ours' | 'knex';
  readonly scope: Scope;
  readonly seed: number;
  readonly project?: string;
  readonly kind?: string;
  /** Takes so many points in all instead of every one. */
  readonly sample?: number;
  readonly tell: (text: string) => void;
  readonly interruption?: AbortSignal;
}

export interface Report {
  readonly text: string;
  readonly json: unknown;
  /** Absent for mutants. */
  readonly counts?: Counts;
  /** Every point was tried, and every one of them converged. */
  readonly isGood: boolean;
}

/** Strikes runs at every message, and says what became of them. */
export async function faults(options: FaultsOptions): Promise<Report> {
  const { runner, scope, seed, project, kind, sample, tell, interruption } = options;
  const entries = planEntries({ isPlain: runner === 'knex', scope, ...(project && { project }), ...(kind && { kind }) });
  verifyInstalled(entries);
  const startedAt = Date.now();
  const results = await inFolder(async (folder) => {
    const workshop = await openWorkshop(path.join(folder, 'workshop'));
    const pick = pickSome(seed, sample && Math.ceil(sample / entries.length));
    return runMatrix({ entries, workshop, folder, tell, pick, ...(interruption && { interruption }) });
  });
  if (interruption?.aborted) throw interrupted(interruption, results);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const summary = summaryOf({ runner, seed, seconds });
  const isGood = runner === 'knex' || results.every((result) => isGoodResult(result, sample !== undefined));
  return {
    text: sectionOf(results, { runner, seed, seconds }),
    json: { ...summary, results: results.map(countsOf) },
    counts: { summary, kinds: kindCounts(results) },
    isGood,
  };
}

function verifyInstalled(entries: readonly Entry[]): void {
  const missing = missingServers([...new Set(entries.map(({ major }) => major))]);
  if (missing.length === 0) return;
  throw new LockstepError({
    code: 'server-missing',
    what: `The matrix also runs on PostgreSQL ${missing.join(', ')}, which is not installed`,
    next: 'npm ci --prefix test/servers-all\nor npm run faults -- --quick   which needs PostgreSQL 18 alone',
    exitCode: 2,
  });
}

// A table of what was tried so far would read like one of everything.
function interrupted({ reason }: AbortSignal, results: readonly Result[]): LockstepError {
  const tried = results.flatMap((result) => result.tried);
  const lost = tried.filter(({ verdict }) => verdict !== 'converged').length;
  return new LockstepError({
    code: 'interrupted',
    what: `Interrupted by ${String(reason)} after ${tried.length} points, of which ${lost} did not converge; nothing was written`,
    next: 'npm run faults -- --sample 200   tries a part of them',
    exitCode: 1,
  });
}

function isGoodResult({ entry, tried, messages }: Result, isSample: boolean): boolean {
  const wanted = isSample || entry.stride ? 1 : messages * 2 * entry.kinds.length;
  const hasConverged = tried.every(({ verdict }) => verdict === 'converged');
  return tried.length >= wanted && hasConverged;
}

/** Breaks the executor in known ways: each time, the matrix must notice. */
export async function tryMutants(tell: FaultsOptions['tell']): Promise<readonly MutantResult[]> {
  const results: MutantResult[] = [];
  for (const mutant of MUTANTS) {
    const result = await inFolder((folder) => tryMutant(mutant, { folder, tell }));
    tell(`mutant: ${mutant.name}: ${result.caught ? `caught at ${result.caught}` : 'NOT caught'}\n`);
    results.push(result);
  }
  return results;
}

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeFolder();
  try {
    return await body(folder);
  } finally {
    removeFolder(folder);
  }
}
