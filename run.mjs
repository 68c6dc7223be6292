// Runs scripts/<name>.ts. Its modules are bundled once, and again whenever one of them has changed: a start costs half of what
// loading TypeScript file by file costs. Where nothing can be cached, tsx reads the sources.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = import.meta.dirname;
const [, , name, ...args] = process.argv;
const entry = path.join(root, 'scripts', `${name}.ts`);
process.argv = [process.argv[0], entry, ...args];

function refuse(what, next) {
  process.stderr.write(`${what}\n  Next: ${next}\n`);
  process.exit(2);
}

if (!existsSync(entry)) refuse(`There is no script "${name}"`, 'npm run   lists the commands');

const stampOf = (file) => {
  const found = statSync(path.join(root, file), { throwIfNoEntry: false });
  return found ? `${found.mtimeMs}:${found.size}` : 'gone';
};

function findBundle(out) {
  try {
    const inputs = Object.entries(JSON.parse(readFileSync(`${out}.json`, 'utf8')));
    return inputs.every(([file, stamp]) => stampOf(file) === stamp) && statSync(out).isFile();
  } catch {
    return false;
  }
}

// In a bundle every module would otherwise take the bundle's place for its own.
const ownPlace = {
  name: 'own-place',
  setup: (build) =>
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => ({
      loader: 'ts',
      contents: readFileSync(file, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href)),
    })),
};

function put(file, text) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

async function bundle(out) {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    alias: { lockstep: './src/index.ts' },
    logLevel: 'silent',
    plugins: [ownPlace],
  });
  mkdirSync(path.dirname(out), { recursive: true });
  put(out, outputFiles[0].contents);
  put(`${out}.json`, JSON.stringify(Object.fromEntries(['run.mjs', ...Object.keys(metafile.inputs)].map((file) => [file, stampOf(file)]))));
}

async function load() {
  // A bundle knows its project's place: a moved project, or one that shares node_modules, needs its own.
  const place = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const out = path.join(root, 'node_modules/.cache/lockstep', place, `${name}.mjs`);
  if (findBundle(out)) return out;
  try {
    await bundle(out);
    return out;
  } catch {
    // A broken source, a missing esbuild or a read-only folder: tsx says it better, or does without a cache.
  }
  const { register } = await import('tsx/esm/api').catch(() =>
    refuse('The project is not installed: esbuild and tsx, which read TypeScript, are missing', 'npm ci'),
  );
  register();
  return entry;
}

await import(pathToFileURL(await load()).href).catch((error) => {
  // What the knexfile says is refused before there is a command that could tell it.
  if (error?.name === 'LockstepError') {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode);
  }
  const message = String(error?.message ?? error);
  const [, missing] = /^Cannot find package '([^']+)'/.exec(message) ?? [];
  if (missing) refuse(`The project is not installed: the package ${missing} is missing`, 'npm ci');
  // Commands catch what they meet; what comes here was met before there was one.
  const where = message.replaceAll(`${root}${path.sep}`, '').replace(/^Transform failed with \d+ errors?:\n/, '');
  refuse(`knexfile.ts, or a module that it needs, cannot be loaded: ${where}`, 'correct it, then run the same command again');
});
