import { writeFileSync } from 'node:fs';
import { given } from '../src/model/given.ts';
import type { ExitCode } from '../src/model/lockstep-error.ts';
import { faults, type Report, tryMutants } from './faults.ts';
import { keepCounts, keepSection } from './page.ts';
import type { Scope } from './plan.ts';

/** What `npm run faults` takes. */
export const FAULT_OPTIONS = {
  runner: { choices: ['ours', 'knex'] as const, default: 'ours' as const, describe: 'Lockstep, or stock Knex with the same SQL' },
  quick: { type: 'boolean', describe: 'three kinds of fault, PostgreSQL 18 only' },
  every: { type: 'boolean', describe: 'each kind of fault with each project, program and server; an hour', conflicts: 'quick' },
  mutants: { type: 'boolean', default: false, describe: 'break the sources on purpose: the matrix or a test must notice each time' },
  seed: { type: 'number', default: 1, describe: 'the order of the points, and which ones a sample takes' },
  sample: { type: 'number', describe: 'about so many points instead of all' },
  project: { type: 'string', describe: 'one project only' },
  kind: { type: 'string', describe: 'one kind of fault only' },
  json: { type: 'string', describe: 'a file for the result as JSON' },
  write: { type: 'boolean', default: false, describe: 'keep the table in docs/reliability.md' },
} as const;

export interface FaultsArguments {
  readonly runner: 'ours' | 'knex';
  readonly quick: boolean | undefined;
  readonly every: boolean | undefined;
  readonly mutants: boolean;
  readonly seed: number;
  readonly sample: number | undefined;
  readonly project: string | undefined;
  readonly kind: string | undefined;
  readonly json: string | undefined;
  readonly write: boolean;
}

const tell = (text: string): void => void process.stderr.write(text);

/** `npm run faults`: 1 when a point did not converge, or a mutant went unnoticed. */
export async function faultsCommand(args: FaultsArguments, interruption: AbortSignal): Promise<ExitCode> {
  const { runner, seed, sample, project, kind } = args;
  const report = args.mutants
    ? await mutantsReport()
    : await faults({ runner, scope: scopeOf(args), seed, tell, interruption, ...given({ sample, project, kind }) });
  process.stdout.write(report.text);
  if (args.json) writeFileSync(args.json, `${JSON.stringify(report.json, undefined, 2)}\n`);
  if (args.write) keepSection(args.mutants ? 'mutants' : runner, report.text);
  if (args.write && report.counts) keepCounts(runner, report.counts);
  return report.isGood ? 0 : 1;
}

function scopeOf({ quick, every }: FaultsArguments): Scope {
  if (quick) return 'quick';
  return every ? 'every' : 'usual';
}

async function mutantsReport(): Promise<Report> {
  const results = await tryMutants(tell);
  const rows = results.map(({ name, caught }) => `| ${name} | ${caught ?? '**not caught**'} |`);
  return {
    text: `| mutant | first point that did not converge, or the test that failed |\n|---|---|\n${rows.join('\n')}\n`,
    json: results,
    isGood: results.every(({ caught }) => caught !== undefined),
  };
}
