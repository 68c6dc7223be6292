import { writeFileSync } from 'node:fs';
import { given } from '../src/cli/given.ts';
import type { ExitCode } from '../src/model/lockstep-error.ts';
import { faults, type Report, tryMutants } from './faults.ts';
import { keepCounts, keepSection } from './page.ts';

export interface FaultsArguments {
  readonly runner: 'ours' | 'knex';
  readonly quick: boolean;
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
  const { runner, quick, seed, sample, project, kind } = args;
  const report = args.mutants
    ? await mutantsReport()
    : await faults({ runner, isQuick: quick, seed, tell, interruption, ...given({ sample, project, kind }) });
  process.stdout.write(report.text);
  if (args.json) writeFileSync(args.json, `${JSON.stringify(report.json, undefined, 2)}\n`);
  if (args.write) keepSection(args.mutants ? 'mutants' : runner, report.text);
  if (args.write && report.counts) keepCounts(runner, report.counts);
  return report.isGood ? 0 : 1;
}

async function mutantsReport(): Promise<Report> {
  const results = await tryMutants(tell);
  const rows = results.map(({ name, caught }) => `| ${name} | ${caught ?? '**not caught**'} |`);
  return {
    text: `| mutant | first point that did not converge |\n|---|---|\n${rows.join('\n')}\n`,
    json: results,
    isGood: results.every(({ caught }) => caught !== undefined),
  };
}
