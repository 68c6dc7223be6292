// Makes what run.mjs runs, loaded when something has to be made: one file for each script, with pg, yargs and the small packages in it.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = import.meta.dirname;

/** What our own sources take along. The rest is heavy, finds files beside itself, or is imported by the user's own modules. */
const TAKEN = new Set(['diff', 'pg', 'pg-copy-streams', 'yargs', 'yoctocolors']);

/** Of what those need: missing as a rule, or shared with the pg that a migration module may import, so that its setTypeParser counts. */
const LEFT = ['pg-native', 'pg-cloudflare', 'pg-types'];

const ALWAYS = ['run.mjs', 'bundles.mjs', 'build.mjs', 'package.json', 'tsconfig.json', 'node_modules/.package-lock.json'];

// The clock of a file system may be behind ours.
const CLOCK_MS = 20;

const isInstalled = (file) => /[\\/]node_modules[\\/]/.test(file);
const isOurs = (file) => file.startsWith(path.join(root, 'src') + path.sep);

function findFile(name, importer) {
  try {
    return createRequire(importer).resolve(name);
  } catch {
    return name;
  }
}

/** Stock Knex brings a pg along, and it shall be the only one. */
const isTaken = (name, specifier, importer) =>
  !(name === 'knexfile' && specifier === 'pg') && (isInstalled(importer) || (isOurs(importer) && TAKEN.has(specifier.split('/')[0])));

const packages = (name) => ({
  name: 'packages',
  setup: (it) =>
    it.onResolve({ filter: /^[a-z@#]/ }, ({ path: specifier, importer, kind }) => {
      if (kind === 'entry-point' || specifier === 'lockstep' || specifier === '#lockstep') return undefined;
      if (LEFT.includes(specifier)) return { path: findFile(specifier, importer), external: true };
      return isTaken(name, specifier, importer) ? undefined : { path: specifier, external: true };
    }),
});

const META = /\bimport\.meta\.(dirname|filename|url)\b/g;

// In a bundle every module would otherwise take the bundle's place for its own.
function inItsPlace(file, text) {
  const place = { dirname: path.dirname(file), filename: file, url: pathToFileURL(file).href };
  return text.replace(META, (_, what) => JSON.stringify(place[what]));
}

// A script that V8 has kept compiled cannot import by itself (Node 20): bundles.mjs hands it a function that can, and one that knows the
// project's place, so that its text is the same wherever the project is.
const asScript = (file, text) =>
  text
    .replace(META, (_, what) => `moduleAt(${JSON.stringify(path.relative(root, file))}).${what}`)
    .replace(/\bawait import\((?!['"`]\.)/g, 'await importFrom(');

const sources = (format) => ({
  name: 'sources',
  setup: (it) => {
    it.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      if (!/\bimport(\.meta\.|\()/.test(text)) return undefined;
      return { loader: 'default', contents: format === 'cjs' && !isInstalled(file) ? asScript(file, text) : inItsPlace(file, text) };
    });
    // yargs measures its help with it; what it makes when it is loaded costs 20 ms.
    it.onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, () => ({
      contents: `export { columnsOf as default } from ${JSON.stringify(path.join(root, 'src/sql/text/columns.ts'))}`,
    }));
  },
});

const REQUIRE = "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);";

function settings(name, format) {
  return {
    absWorkingDir: root,
    entryPoints: [name === 'knexfile' ? 'knexfile.ts' : `scripts/${name}.ts`],
    outfile: `${name}.mjs`,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format,
    target: 'node20',
    // Half the text to read for V8. Names stay as they are, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    alias: { lockstep: './src/index.ts', '#lockstep': './src/index.ts' },
    // pg looks at them to find out whether it runs in a Cloudflare Worker; to answer, Node loads undici, 40 ms.
    define: { Response: 'undefined', navigator: 'undefined' },
    banner: { js: format === 'esm' ? REQUIRE : '' },
    logLevel: 'silent',
    plugins: [sources(format), packages(name)],
  };
}

/** Of a package, its package.json stands for all its files: they are many, and a start looks at each. */
const watched = (file) => file.replace(/^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\/.*/, '$1/package.json');

/** @returns [file, its time, its size]; no time equals that of a file that was written while it was read */
function stampOf(file, since) {
  const found = statSync(path.join(root, file), { throwIfNoEntry: false });
  if (!found) return [file, 0, 0];
  const isRacy = found.mtimeMs >= since && found.mtimeMs <= Date.now() + CLOCK_MS;
  return [file, isRacy ? -1 : found.mtimeMs, found.size];
}

/** V8 keeps what it has compiled of a script, not of a module; but only a module can import one, or wait, while it is loaded. */
async function buildScript(name) {
  const isModule = ({ path: file, kind, external }) => external && kind === 'import-statement' && !isBuiltin(file) && file !== 'pg';
  const built = await build(settings(name, 'cjs')).catch((error) => {
    if (!error.message.includes('Top-level await')) throw error;
  });
  const imports = Object.values(built?.metafile.inputs ?? {}).flatMap((input) => input.imports);
  const isScript = built && !imports.some(isModule) && !/\bimport\(/.test(built.outputFiles[0].text);
  return isScript ? { ...built, format: 'cjs' } : { ...(await build(settings(name, 'esm'))), format: 'esm' };
}

/** Its first line says how it is run, which one it is, and what it was made of. @throws Error where a package is missing or a source is broken */
export async function makeBundle(name) {
  for (const taken of TAKEN) import.meta.resolve(taken);
  const since = Date.now() - CLOCK_MS;
  const { outputFiles, metafile, format } = await buildScript(name);
  const { text } = outputFiles[0];
  const left = metafile.outputs[`${name}.mjs`].imports.filter(({ path: file }) => path.isAbsolute(file));
  const inputs = [...Object.keys(metafile.inputs), ...left.map(({ path: file }) => path.relative(root, file))].map(watched);
  const files = [...new Set([...ALWAYS, ...inputs])].map((file) => stampOf(file, since));
  const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `//${JSON.stringify({ format, id, files })}\n${text}`;
}

/** What others install: one program in chunks, loaded as they are needed. */
export async function buildPackage(outdir) {
  const { outfile, lineLimit, banner, write, metafile, ...common } = settings('package', 'esm');
  await build({
    ...common,
    entryPoints: ['src/index.ts', 'src/commands/main.ts'],
    entryNames: '[name]',
    outdir,
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
    banner: { js: REQUIRE },
    plugins: [packages('package')],
  });
}
