import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Room {
  readonly npm?: readonly string[];
  /** Restricts imports below to these rooms. */
  readonly only?: readonly string[];
  /** Pure: not even Node's own modules. */
  readonly isPure?: boolean;
}

// From top to bottom, as the table of docs/architecture.md has it: a room imports its own files and the rooms below it.
const ROOMS: Readonly<Record<string, Room>> = {
  scripts: {},
  corpus: {},
  bench: { npm: ['pg'] },
  truth: { npm: ['pg'] },
  faults: { npm: ['pg', 'knex', 'esbuild'] },
  commands: {},
  cli: { npm: ['yargs', 'diff', 'vscode-languageserver', 'vscode-languageserver-textdocument'] },
  report: { npm: ['yoctocolors'], only: ['model'] },
  journeys: {},
  target: {},
  trace: { npm: ['@opentelemetry/api'], only: ['model'] },
  plan: {},
  drift: { npm: ['esbuild'] },
  run: {},
  knex: { npm: ['knex', 'tsx', 'esbuild'] },
  transfer: { npm: ['pg-copy-streams'] },
  backup: { npm: ['pg-copy-streams'] },
  backfill: {},
  import: {},
  recipes: {},
  lint: {},
  rehearse: {},
  draft: {},
  history: {},
  'dev-server': {},
  pg: { npm: ['pg'] },
  sql: { npm: ['libpg-query'] },
  environment: {},
  files: {},
  snapshot: {},
  model: { isPure: true },
};
const RANKS = new Map(Object.keys(ROOMS).map((room, rank) => [room, rank]));

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
  readonly isTypeOnly: boolean;
}

const IMPORT = /(?:^|\n)\s*(import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;

function listFiles(folder: string): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, , type, from, dynamic, bare]) => ({
    file,
    from: roomOf(file),
    target: from ?? dynamic ?? bare ?? '',
    isTypeOnly: type !== undefined,
  }));
}

const roomOf = (file: string): string => (file.startsWith('src/') ? (file.split('/')[1] ?? '') : (file.split('/')[0] ?? ''));
const resolved = ({ file, target }: Import): string => path.posix.join(path.posix.dirname(file), target);

function complaint(it: Import): string | undefined {
  const room = ROOMS[it.from];
  if (!room) return `${it.file}: the room ${it.from} is in no plan of the house`;
  if (it.target.startsWith('node:')) return room.isPure ? `${it.file} imports ${it.target}: ${it.from} imports nothing` : undefined;
  return it.target.startsWith('.') ? complaintAboutFile(it, room) : complaintAboutPackage(it, room);
}

function complaintAboutPackage({ file, from, target, isTypeOnly }: Import, { npm = [] }: Room): string | undefined {
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  // Types of the driver travel up; its code does not.
  const isType = isTypeOnly && ['pg', 'knex', 'libpg-query'].includes(name) && !['scripts', 'cli', 'report'].includes(from);
  return npm.includes(name) || isType ? undefined : `${file} imports ${target}: not from ${from}`;
}

function complaintAboutFile(it: Import, { only }: Room): string | undefined {
  const to = roomOf(resolved(it));
  if (resolved(it) === 'knexfile.ts') return it.from === 'scripts' ? undefined : `${it.file} imports the knexfile`;
  const isBelow = (RANKS.get(to) ?? -1) > (RANKS.get(it.from) ?? 0) && (only?.includes(to) ?? true);
  return to === it.from || isBelow ? undefined : `${it.file} imports ${it.target}: ${it.from} may not reach ${to}`;
}

/** Names that import one another in a circle, whatever the way; types count too. */
function circlesIn(edges: readonly (readonly [string, string])[]): readonly string[] {
  let open = edges.filter(([from, to]) => from !== to);
  for (let before = -1; before !== open.length; ) {
    before = open.length;
    const [sources, targets] = [new Set(open.map(([from]) => from)), new Set(open.map(([, to]) => to))];
    open = open.filter(([from, to]) => targets.has(from) && sources.has(to));
  }
  return [...new Set(open.map(([from, to]) => `${from} -> ${to}`))].sort();
}

const src = listFiles('src').filter((file) => file !== 'src/index.ts');
const files = [...src, ...['scripts', 'corpus', 'truth', 'faults', 'bench'].flatMap(listFiles)];
const edges = files.flatMap(importsOf).filter(({ target }) => target.startsWith('.'));

test('a room imports itself and lower rooms only, and npm packages only at their boundary', () => {
  expect(files.flatMap(importsOf).flatMap((it) => complaint(it) ?? [])).toEqual([]);
});

test('neither rooms, inner rooms nor files import one another in a circle', () => {
  expect(circlesIn(edges.map((it) => [path.posix.dirname(it.file), path.posix.dirname(resolved(it))]))).toEqual([]);
  expect(circlesIn(edges.map((it) => [it.file, resolved(it)]))).toEqual([]);
});

test('the check finds a bad import and a circle', () => {
  const at = (file: string, target: string, isTypeOnly = false) => complaint({ file, from: roomOf(file), target, isTypeOnly });
  expect(at('src/drift/x.ts', '../plan/make-plan.ts')).toContain('may not reach plan');
  expect(at('src/model/x.ts', 'node:fs')).toContain('imports nothing');
  expect(at('src/report/x.ts', '../pg/sql-text.ts')).toContain('may not reach pg');
  expect(at('src/journeys/x.ts', 'pg')).toContain('not from journeys');
  expect(at('src/pg/x.ts', '../run/settle.ts')).toContain('may not reach run');
  expect(
    circlesIn([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['c', 'd'],
    ]),
  ).toEqual(['a -> b', 'b -> c', 'c -> a']);
});

test('scripts have at most 25 lines', () => {
  const long = listFiles('scripts').filter((file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1 > 25);
  expect(long).toEqual([]);
});

test('only commands, cli and report print', () => {
  const printing = src.filter(
    (file) =>
      !/^src\/(commands|cli|report)\//.test(file) &&
      /\bconsole\.|process\.(stdout|stderr)\.write/.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(printing).toEqual([]);
});

// build.mjs hands a bundle a function that imports, in the place of `await import(`; one that keeps its own knows its project's place, and starts slower.
const OWN_IMPORT = /(?<!\bawait )\bimport\((?!\s*['"`])/;

test('what is imported by a computed name is awaited at once, as the bundler reads it', () => {
  expect(src.filter((file) => OWN_IMPORT.test(readFileSync(path.join(ROOT, file), 'utf8')))).toEqual([]);
  expect(OWN_IMPORT.test('files.map((file) => import(file))')).toBe(true);
});
