import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Kind } from './kinds.ts';
import { type Result, titleOf } from './matrix.ts';
import type { KindCount } from './page.ts';
import type { Tried } from './point.ts';

export interface Circumstances {
  readonly runner: 'ours' | 'knex';
  readonly seed: number;
  readonly seconds: number;
}

interface Counts {
  readonly points: number;
  readonly converged: number;
  readonly human: number;
  readonly lost: number;
  readonly missed: number;
}

function count(tried: readonly Tried[]): Counts {
  const of = (verdict: Tried['verdict']): number => tried.filter((one) => one.verdict === verdict).length;
  return {
    points: tried.length,
    converged: of('converged'),
    human: of('needed a human'),
    lost: of('lost or doubled'),
    missed: of('missed'),
  };
}

const WHAT: Readonly<Record<Kind, string>> = {
  kill: 'runner: kill -9',
  reset: 'connection: RST',
  drop: 'connection: silent drop',
  terminate: 'backend terminated',
  crash: 'server: kill -9, restart',
  freeze: 'runner frozen',
  rival: 'second runner at the same time',
  SIGTERM: 'runner: SIGTERM',
  SIGINT: 'runner: SIGINT',
  SIGHUP: 'runner: SIGHUP',
};

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** One section of the page: messages and points of each project, then fault by project. */
export function sectionOf(results: readonly Result[], circumstances: Circumstances): string {
  const total = count(results.flatMap(({ tried }) => tried));
  const rows = results.flatMap((result) =>
    result.entry.kinds.map((kind) => {
      const { points, converged, human, lost, missed } = count(result.tried.filter((one) => one.kind === kind));
      return row([WHAT[kind], titleOf(result.entry), points, converged, human, lost + missed]);
    }),
  );
  const projects = results.map(({ entry, messages, tried }) =>
    row([titleOf(entry), messages, entry.kinds.length, messages * 2 * entry.kinds.length, tried.length]),
  );
  const { runner, seed, seconds } = circumstances;
  return `${total.points.toLocaleString('en')} points, ${total.converged.toLocaleString('en')} converged, ${total.human} needed a human, ${total.lost} lost or doubled${total.missed > 0 ? `, ${total.missed} not reached` : ''}.
Runner: ${runner === 'knex' ? 'stock Knex alone' : 'Lockstep'}; seed ${seed}; ${Math.round(seconds / 60)} minutes on ${machine()}; ${versions()}.

| project | messages | kinds | messages × 2 × kinds | points tried |
|---|---:|---:|---:|---:|
${projects.join('\n')}

| fault | project | points | converged | needed a human | lost or doubled |
|---|---|---:|---:|---:|---:|
${rows.join('\n')}
`;
}

/** What became of the points of each kind of fault, over all projects. */
export function kindCounts(results: readonly Result[]): readonly KindCount[] {
  const tried = results.flatMap((result) => result.tried);
  return (Object.keys(WHAT) as Kind[]).flatMap((kind) => {
    const { points, converged } = count(tried.filter((one) => one.kind === kind));
    return points > 0 ? [{ fault: WHAT[kind], points, converged }] : [];
  });
}

/** What the JSON says of one project: every point that did not converge, by name. */
export function countsOf({ entry, messages, tried }: Result): unknown {
  return {
    project: titleOf(entry),
    program: entry.program,
    postgres: entry.major,
    messages,
    kinds: entry.kinds,
    ...count(tried),
    notConverged: tried.filter(({ verdict }) => verdict !== 'converged'),
  };
}

export function summaryOf(circumstances: Circumstances): Record<string, unknown> {
  return { ...circumstances, at: new Date().toISOString(), machine: machine(), versions: versions() };
}

function machine(): string {
  const cpus = os.cpus();
  return `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GB`;
}

function versions(): string {
  const of = (name: string): string => {
    const file = path.resolve(import.meta.dirname, '../node_modules', name, 'package.json');
    return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
  };
  return `Node ${process.versions.node}, ${of('knex')}, ${of('pg')}`;
}
