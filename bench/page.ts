import { readFileSync, writeFileSync } from 'node:fs';
import { benchBackfills } from './backfill.ts';
import { type BenchOptions, bench } from './bench.ts';
import { benchCopies } from './copy.ts';
import { benchImage } from './image.ts';
import { benchLint } from './lint.ts';
import { benchRecipes } from './recipes.ts';
import { benchSnapshots } from './snapshot.ts';
import { benchStalls } from './stall.ts';
import { benchStatements } from './statements.ts';

/** Measures what was asked for: one section of the page, or all but the sections. */
export function pageOf(
  options: BenchOptions,
  {
    stall,
    statements,
    snapshot,
    copy,
    backfill,
    recipes,
    lint,
    image,
    files,
  }: Readonly<Record<'stall' | 'statements' | 'snapshot' | 'copy' | 'backfill' | 'recipes' | 'lint' | 'image', boolean>> & {
    readonly files?: string | undefined;
  },
): Promise<string> {
  if (snapshot) return benchSnapshots({ rounds: options.rounds, sizes: [0, 100, 1_000], tell: options.tell });
  if (copy) return benchCopies({ rounds: options.rounds, rows: options.isQuick ? 10_000 : 1_000_000, tell: options.tell });
  if (backfill) return benchBackfills({ rounds: options.rounds, rows: options.isQuick ? 20_000 : 2_000_000, tell: options.tell });
  if (recipes) return benchRecipes({ rows: options.rows, tell: options.tell });
  if (lint) return Promise.resolve(benchLint({ rounds: options.rounds, tell: options.tell, ...(files !== undefined && { files }) }));
  if (image) return benchImage({ rounds: options.rounds, tell: options.tell });
  if (stall) return benchStalls({ runs: options.rounds, rows: 2_000_000, tell: options.tell });
  return statements ? benchStatements(options.tell) : bench(options);
}

const SECTION =
  /^(?=## Stalls while|## What a migration asks|## A picture of|## A copy of|## Backfills|## Recipes|## Lint|## A command in)/m;

/** Puts what was measured in the place of the same page or section that was kept before, and leaves the others. */
export function keepPage(file: string, text: string): void {
  const kept = readFileSync(file, 'utf8').split(SECTION);
  const headingOf = (part: string): string => part.slice(0, part.indexOf('\n'));
  const at = kept.findIndex((part) => headingOf(part).slice(0, 12) === headingOf(text).slice(0, 12));
  const parts = at < 0 ? [...kept, text] : kept.with(at, text);
  writeFileSync(file, `${parts.map((part) => part.trim()).join('\n\n')}\n`);
}
