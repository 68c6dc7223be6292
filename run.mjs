// Runs scripts/<name>.ts, built: its bundle is made on first use, and again whenever something that it was made of has changed.
// Where nothing can be kept, tsx reads the sources. `node run.mjs --build` makes all bundles, for an image.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findBundle, keepBundle, projectFolder, runBundle } from './bundles.mjs';

const root = import.meta.dirname;
const [, , name, ...args] = process.argv;
const entry = path.join(root, 'scripts', `${name}.ts`);

function refuse(what, next) {
  process.stderr.write(`${what}\n  Next: ${next}\n`);
  process.exit(2);
}

async function runSources() {
  const { register } = await import('tsx/esm/api').catch(() =>
    refuse('The project is not installed: esbuild and tsx, which read TypeScript, are missing', 'npm ci'),
  );
  register();
  await import(pathToFileURL(entry).href);
}

async function buildAll() {
  const [{ makeBundle }, { spawnSync }] = await Promise.all([import('./build.mjs'), import('node:child_process')]);
  const keep = async (script) =>
    keepBundle(projectFolder, script, await makeBundle(script)) ??
    refuse(`${projectFolder} cannot be written`, `ls -ld ${root}/node_modules`);
  // The first run of each keeps what V8 has compiled.
  for (const { name: script } of readdirSync(path.join(root, 'scripts')).map(path.parse)) {
    await keep(script);
    spawnSync(process.execPath, [import.meta.filename, script, '--help']);
  }
  await runBundle(await keep('knexfile'));
}

async function run() {
  if (name === '--build') return buildAll();
  if (!existsSync(entry)) refuse(`There is no script "${name}"`, 'npm run   lists the commands');
  process.argv = [process.argv[0], entry, ...args];
  const bundle = await findBundle(name).catch((error) => {
    // A broken source, or a missing esbuild: tsx says it better.
    if (error.code === 'ERR_MODULE_NOT_FOUND' && !error.message.includes("'esbuild'")) throw error;
  });
  await (bundle ? runBundle(bundle) : runSources());
}

await run().catch((error) => {
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
