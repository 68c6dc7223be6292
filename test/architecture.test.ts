import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Floor {
  readonly floor: number;
  /** Folders of the same floor that it may import besides its own. */
  readonly with?: readonly string[];
  readonly npm: readonly string[];
  readonly node?: boolean;
  /** Restricts imports below to these folders. */
  readonly only?: readonly string[];
}

// The table of docs/architecture.md.
const FLOORS: Readonly<Record<string, Floor>> = {
  scripts: { floor: 5, with: ['cli', 'report', 'bench', 'faults'], npm: [] },
  cli: { floor: 5, with: ['report'], npm: ['yargs'] },
  report: { floor: 5, npm: ['yoctocolors'], only: ['model'] },
  journeys: { floor: 4, npm: [] },
  plan: { floor: 3, npm: [] },
  drift: { floor: 3, npm: [] },
  audit: { floor: 3, npm: [] },
  'dev-server': { floor: 3, npm: [] },
  backup: { floor: 3, npm: [] },
  copy: { floor: 3, npm: ['pg-copy-streams'] },
  snapshot: { floor: 3, npm: [] },
  run: { floor: 2, npm: [] },
  knex: { floor: 1, with: ['pg', 'files'], npm: ['knex', 'tsx', 'esbuild'] },
  pg: { floor: 1, npm: ['pg'] },
  sql: { floor: 1, npm: ['libpg-query', 'string-width'] },
  files: { floor: 1, npm: [] },
  model: { floor: 0, npm: [], node: false },
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
  readonly isTypeOnly: boolean;
}

const IMPORT = /(?:^|\n)\s*(import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;

function listFiles(folder: string): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, , type, from, dynamic, bare]) => ({
    file,
    from: folderOf(file),
    target: from ?? dynamic ?? bare ?? '',
    isTypeOnly: type !== undefined,
  }));
}

const folderOf = (file: string): string => (file.startsWith('src/') ? (file.split('/')[1] ?? '') : (file.split('/')[0] ?? ''));

function complaint(it: Import): string | undefined {
  const own = FLOORS[it.from];
  if (!own) return `${it.file}: the folder ${it.from} stands on no floor`;
  if (it.target.startsWith('node:')) return own.node === false ? `${it.file} imports ${it.target}: ${it.from} imports nothing` : undefined;
  return it.target.startsWith('.') ? complaintAboutFile(it, own) : complaintAboutPackage(it, own);
}

function complaintAboutPackage({ file, from, target, isTypeOnly }: Import, { npm, floor }: Floor): string | undefined {
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  // Types of the driver travel up; its code does not.
  const isType = isTypeOnly && ['pg', 'knex'].includes(name) && floor < 5;
  return npm.includes(name) || isType ? undefined : `${file} imports ${target}: not from ${from}`;
}

function complaintAboutFile({ file, from, target }: Import, own: Floor): string | undefined {
  const resolved = path.posix.join(path.posix.dirname(file), target);
  if (resolved === 'knexfile.ts') return from === 'scripts' ? undefined : `${file} imports the knexfile`;
  const to = folderOf(resolved);
  const below = FLOORS[to];
  const isBelow = below !== undefined && below.floor < own.floor && (own.only?.includes(to) ?? true);
  return to === from || own.with?.includes(to) || isBelow
    ? undefined
    : `${file} imports ${target}: ${from} (floor ${own.floor}) may not reach ${to}`;
}

const files = [...listFiles('src').filter((file) => file !== 'src/index.ts'), ...listFiles('scripts')];

test('a file imports its own folder and lower floors only, and npm packages only at their boundary', () => {
  expect(files.flatMap(importsOf).flatMap((it) => complaint(it) ?? [])).toEqual([]);
});

test('the check finds a bad import', () => {
  const at = (file: string, target: string, isTypeOnly = false) => complaint({ file, from: folderOf(file), target, isTypeOnly });
  expect(at('src/plan/x.ts', '../drift/find-drift.ts')).toContain('may not reach drift');
  expect(at('src/model/x.ts', 'node:fs')).toContain('imports nothing');
  expect(at('src/report/x.ts', '../pg/quote.ts')).toContain('may not reach pg');
  expect(at('src/journeys/x.ts', 'pg')).toContain('not from journeys');
  expect(at('src/pg/x.ts', '../run/settle.ts')).toContain('may not reach run');
});

test('scripts have at most 25 lines', () => {
  const long = listFiles('scripts').filter((file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1 > 25);
  expect(long).toEqual([]);
});

test('only cli and report print', () => {
  const printing = files.filter(
    (file) =>
      !/^(src\/(cli|report)|scripts)\//.test(file) &&
      /\bconsole\.|process\.(stdout|stderr)\.write/.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(printing).toEqual([]);
});
