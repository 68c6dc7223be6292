// Runs scripts/<name>.ts, built: its bundle is made on first use, and again whenever something that it was made of has changed.
// Where nothing can be kept, tsx reads the sources. `node run.mjs --build` makes all bundles, for an image.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = import.meta.dirname;
const [, , name, ...args] = process.argv;
const entryOf = (script) => path.join(root, 'scripts', `${script}.ts`);

function refuse(what, next) {
  process.stderr.write(`${what}\n  Next: ${next}\n`);
  process.exit(2);
}

// A bundle knows its project's place: a moved project, or one that shares node_modules, needs its own.
const place = createHash('sha256').update(root).digest('hex').slice(0, 12);
const projectFolder = path.join(root, 'node_modules/.cache/lockstep', place);

/** The layers of an image keep whole seconds only. */
function isAsKept([file, time, size]) {
  const { mtimeMs, size: now } = statSync(`${root}/${file}`, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 };
  return size === now && (mtimeMs === time || mtimeMs === Math.floor(time / 1000) * 1000);
}

function isCurrent(bundle) {
  try {
    const text = readFileSync(bundle, 'latin1');
    return JSON.parse(text.slice(2, text.indexOf('\n'))).every(isAsKept);
  } catch {
    return false;
  }
}

/** What lies there is run: nobody else may own it, write to it, or put another in its place. */
function isSafe(folder) {
  const [above, own] = [statSync(path.dirname(folder)), lstatSync(folder)];
  const isShared = (above.mode & 0o022) !== 0 && (above.mode & 0o1000) === 0;
  const isPrivate = (own.mode & 0o170077) === 0o040000;
  return [0, process.getuid()].includes(above.uid) && !isShared && own.uid === process.getuid() && isPrivate;
}

/** Of this user alone, for projects that cannot be written. @returns undefined where there is none to be trusted, as on Windows */
function findUserFolder({ isToBeMade = false } = {}) {
  try {
    const folder = path.join(os.tmpdir(), `lockstep-${process.getuid()}`);
    if (isToBeMade && !existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (!isSafe(folder)) return undefined;
    const own = path.join(folder, place);
    if (isToBeMade) mkdirSync(own, { recursive: true });
    // So that packages are found from there too.
    if (isToBeMade && !existsSync(`${own}/node_modules`)) symlinkSync(path.join(root, 'node_modules'), `${own}/node_modules`);
    return own;
  } catch {
    return undefined;
  }
}

const bundleIn = (folder, script = name) => (folder ? path.join(folder, `${script}.mjs`) : '');

/** @returns '' where a bundle can be made and not be kept */
async function findBundle() {
  const current = isCurrent(bundleIn(projectFolder)) ? bundleIn(projectFolder) : bundleIn(findUserFolder());
  if (isCurrent(current)) return current;
  const { keepBundle, makeBundle } = await import('./build.mjs');
  const text = await makeBundle(name);
  if (keepBundle(bundleIn(projectFolder), text)) return bundleIn(projectFolder);
  const other = bundleIn(findUserFolder({ isToBeMade: true }));
  return keepBundle(other, text) ? other : '';
}

async function load() {
  try {
    const bundle = await findBundle();
    if (bundle) return bundle;
  } catch (error) {
    // A broken source, or a missing esbuild: tsx says it better.
    if (error.code === 'ERR_MODULE_NOT_FOUND' && !error.message.includes("'esbuild'")) throw error;
  }
  const { register } = await import('tsx/esm/api').catch(() =>
    refuse('The project is not installed: esbuild and tsx, which read TypeScript, are missing', 'npm ci'),
  );
  register();
  return entryOf(name);
}

async function buildAll() {
  const { keepBundle, makeBundle } = await import('./build.mjs');
  for (const { name: script } of readdirSync(path.join(root, 'scripts')).map(path.parse))
    if (!keepBundle(bundleIn(projectFolder, script), await makeBundle(script)))
      refuse(`${projectFolder} cannot be written`, `ls -ld ${root}/node_modules`);
}

async function run() {
  if (name === '--build') return buildAll();
  if (!existsSync(entryOf(name))) refuse(`There is no script "${name}"`, 'npm run   lists the commands');
  process.argv = [process.argv[0], entryOf(name), ...args];
  await import(pathToFileURL(await load()).href);
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
