import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const COUNTS = path.join(ROOT, 'docs/faults.json');

/** Puts a section of real output into docs/reliability.md, between its two marks. */
export function keepSection(name: 'ours' | 'knex' | 'mutants', text: string): void {
  replaceBetween('docs/reliability.md', [`<!-- ${name}: output of npm run faults -->`, `<!-- end of ${name} -->`], text);
}

/** What became of the points of one kind of fault. */
export interface KindCount {
  readonly fault: string;
  readonly points: number;
  readonly converged: number;
}

export interface Counts {
  readonly summary: Readonly<Record<string, unknown>>;
  readonly kinds: readonly KindCount[];
}

type Both = Partial<Record<'ours' | 'knex', Counts>>;

/** Keeps the counts of a runner, and shows those of both in the README. */
export function keepCounts(runner: 'ours' | 'knex', counts: Counts): void {
  const known = (existsSync(COUNTS) ? JSON.parse(readFileSync(COUNTS, 'utf8')) : {}) as Both;
  const both = { ...known, [runner]: counts };
  writeFileSync(COUNTS, `${JSON.stringify(both, undefined, 2)}\n`);
  replaceBetween('README.md', ['<!-- faults: counts of npm run faults -->', '<!-- end of faults -->'], tableOf(both));
}

function tableOf({ ours, knex }: Both): string {
  const faults = [...new Set([...(ours?.kinds ?? []), ...(knex?.kinds ?? [])].map(({ fault }) => fault))];
  const rows = faults.map((fault) => `| ${fault} | ${[ours, knex].map((counts) => cellsOf(counts, fault)).join(' | ')} |`);
  return `| fault | Lockstep: points | needed a human | stock Knex: points | needed a human |\n|---|---:|---:|---:|---:|\n${rows.join('\n')}`;
}

function cellsOf(counts: Counts | undefined, fault: string): string {
  const found = counts?.kinds.find((kind) => kind.fault === fault);
  return found ? `${found.points.toLocaleString('en')} | ${(found.points - found.converged).toLocaleString('en')}` : '– | –';
}

function replaceBetween(file: string, [begin, end]: readonly [string, string], text: string): void {
  const page = readFileSync(path.join(ROOT, file), 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has lost its marks ${begin} and ${end}`);
  writeFileSync(path.join(ROOT, file), `${page.slice(0, from)}${begin}\n${text.trim()}\n${page.slice(to)}`);
}
