import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { FaultProject } from './projects.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const COPIED = ['src', 'faults', 'scripts', 'knexfile.ts', 'knexfile.js', 'build.mjs', 'bundles.mjs', 'run.mjs', 'package.json'];

// In pieces, because build.mjs replaces the whole word in this file too.
const META = ['import', 'meta'].join('.');

// As build.mjs has it: in a bundle every module would otherwise take the bundle's place for its own.
const OWN_PLACE: Plugin = {
  name: 'own-place',
  setup: (build) =>
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => ({
      loader: 'ts',
      contents: fs
        .readFileSync(file, 'utf8')
        .replaceAll(`${META}.dirname`, JSON.stringify(path.dirname(file)))
        .replaceAll(`${META}.url`, JSON.stringify(pathToFileURL(file).href)),
    })),
};

/** What finds its own files beside itself, and the drivers that Knex asks for and nobody has. */
const UNBUNDLED = [
  'esbuild',
  'tsx',
  'libpg-query',
  'pg-native',
  'pg-query-stream',
  'mysql',
  'mysql2',
  'sqlite3',
  'better-sqlite3',
  'tedious',
]
  .concat(['oracledb', 'mariadb'])
  .flatMap((name) => [name, `${name}/*`]);

/** A copy of the project, in which the sources may be changed, and the runners built from it. */
export interface Workshop {
  readonly folder: string;
  /** Of Lockstep and of the stock CLI with its knexfile. */
  readonly ours: string;
  /** Of stock Knex alone. */
  readonly plain: string;
}

/** @param edit changes the copied sources before they are built */
export async function openWorkshop(folder: string, edit: (root: string) => void = () => undefined): Promise<Workshop> {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of COPIED) fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true, preserveTimestamps: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  edit(folder);
  const ours = path.join(folder, 'runner.mjs');
  await build({
    absWorkingDir: folder,
    entryPoints: ['faults/runner-main.ts'],
    outfile: ours,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Knex and pg are bundled along: a runner is killed thousands of times, and has to be read anew each time.
    external: UNBUNDLED,
    banner: { js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(${META}.url);` },
    alias: { lockstep: './src/index.ts' },
    logLevel: 'error',
    plugins: [OWN_PLACE],
  });
  return { folder, ours, plain: path.join(folder, 'faults/plain-runner.mjs') };
}

/** Lays a project's files out, once: as ours and, beside them, as modules for stock Knex. @returns its root */
export function layOut(folder: string, { name, tree }: FaultProject): string {
  const root = path.join(folder, 'projects', createHash('sha256').update(name).digest('hex').slice(0, 8));
  if (fs.existsSync(root)) return root;
  for (const [file, text] of Object.entries({ ...tree, ...plainModules(tree) })) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
  return root;
}

/** A checkout of its own, as a user has it after `npm ci`. @returns its root */
export function layOutCheckout(folder: string, { name, tree }: FaultProject): string {
  const root = path.join(folder, 'checkouts', createHash('sha256').update(name).digest('hex').slice(0, 8));
  for (const file of COPIED) fs.cpSync(path.join(folder, file), path.join(root, file), { recursive: true, preserveTimestamps: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'), 'dir');
  for (const [file, text] of Object.entries(tree)) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
  return root;
}

const ALONE = /CONCURRENTLY|\bVACUUM\b|ADD VALUE/;

/** The same SQL as a Knex user writes it: the file in one `knex.raw`; what cannot run in a transaction, statement by statement without one. */
function plainModules(tree: FaultProject['tree']): Record<string, string> {
  const modules: Record<string, string> = {};
  for (const [file, text] of Object.entries(tree)) {
    const [, name] = /^db\/migrations\/([^/]+)\.sql$/.exec(file) ?? [];
    if (name) modules[`knex/${name}.cjs`] = moduleOf(text, tree[`db/migrations/rollbacks/${name}.sql`] ?? '');
    if (file.startsWith('migrations/')) modules[file.replace('migrations/', 'knex/')] = text;
  }
  return modules;
}

function moduleOf(up: string, down: string): string {
  const isAlone = ALONE.test(up + down);
  const bodyOf = (text: string): string => {
    const texts = isAlone ? text.split(/;\n/).filter((statement) => statement.trim() !== '') : [text];
    return texts.map((one) => `  await knex.raw(${JSON.stringify(one.replaceAll('?', '\\?'))});`).join('\n');
  };
  return `exports.up = async (knex) => {\n${bodyOf(up)}\n};\nexports.down = async (knex) => {\n${bodyOf(down)}\n};\nexports.config = { transaction: ${!isAlone} };\n`;
}
