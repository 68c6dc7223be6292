// Where the bundles of this project lie, which of them may be run, and how. build.mjs makes them.
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import vm from 'node:vm';

const root = import.meta.dirname;

// A bundle may know its project's place: a moved project, or one that shares node_modules, needs its own.
const place = createHash('sha256').update(root).digest('hex').slice(0, 12);
export const projectFolder = path.join(root, 'node_modules/.cache/lockstep', place);

/** The layers of an image keep whole seconds only. */
function isAsKept([file, time, size]) {
  const { mtimeMs, size: now } = statSync(`${root}/${file}`, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 };
  return size === now && (mtimeMs === time || mtimeMs === Math.floor(time / 1000) * 1000);
}

const toBundle = (file, text) => ({ file, text, head: JSON.parse(text.slice(2, text.indexOf('\n'))) });

/** Undefined where there is none, or it was made of something else than there is now. */
function findCurrent(folder, name) {
  try {
    const file = path.join(folder, `${name}.mjs`);
    const bundle = toBundle(file, readFileSync(file, 'utf8'));
    return bundle.head.files.every(isAsKept) ? bundle : undefined;
  } catch {
    return undefined;
  }
}

/** What lies there is run: nobody else may own it, write to it, or put another in its place. */
function isSafe(folder) {
  const [above, own] = [statSync(path.dirname(folder)), lstatSync(folder)];
  const isShared = (above.mode & 0o022) !== 0 && (above.mode & 0o1000) === 0;
  const isPrivate = (own.mode & 0o170077) === 0o040000;
  return [0, process.getuid()].includes(above.uid) && !isShared && own.uid === process.getuid() && isPrivate;
}

/** Of this user alone, for projects that cannot be written. Undefined where there is none to be trusted, as on Windows. */
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

/** Undefined where one can be made and not be kept. @throws Error where a package is missing or a source is broken */
export async function findBundle(name) {
  const current = findCurrent(projectFolder, name) ?? findCurrent(findUserFolder(), name);
  if (current) return current;
  const { makeBundle } = await import('./build.mjs');
  const text = await makeBundle(name);
  return keepBundle(projectFolder, name, text) ?? keepBundle(findUserFolder({ isToBeMade: true }), name, text);
}

/** Undefined where the folder cannot be written. */
export function keepBundle(folder, name, text) {
  try {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${name}.mjs`);
    put(file, text);
    // What was compiled of the ones before.
    for (const old of readdirSync(folder)) if (old.startsWith(`${name}.mjs.`)) rmSync(path.join(folder, old), { force: true });
    return toBundle(file, text);
  } catch {
    return undefined;
  }
}

/** Several may read and write at once. */
function put(file, content) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, file);
}

/** What `import.meta` says in a file of the project. */
function moduleAt(file) {
  const filename = path.join(root, file);
  return { dirname: path.dirname(filename), filename, url: pathToFileURL(filename).href };
}

/** @returns what it exports */
export async function runBundle({ file, text, head: { format, id } }) {
  if (format === 'esm') return import(pathToFileURL(file).href);
  // V8 knows the text of what it has compiled by its length alone: the name has the rest.
  const whole = `${file}.${id}-${process.version}`;
  // Of a run that only told its options little was compiled: the next real one keeps more.
  const own = process.argv.includes('--help') ? `${whole}-help` : whole;
  const kept = [whole, own, `${whole}-help`].find((one) => existsSync(one));
  const cachedData = kept && readFileSync(kept);
  const script = new vm.Script(`(function (module, require, importFrom, moduleAt) {${text}\n})`, { filename: file, cachedData });
  if (kept !== own && kept !== whole && mayKeep(file)) keepCompiled(script, own);
  const module = { exports: {} };
  script.runInThisContext()(module, createRequire(file), (specifier) => import(specifier), moduleAt);
  return module.exports;
}

/** To find out what was compiled takes its time, at the end of each run. */
function mayKeep(file) {
  try {
    accessSync(path.dirname(file), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

// As they are before the parser's WebAssembly is loaded (src/sql/parser.ts): V8 takes back only what was kept under the same flags.
const FLAGS = ['--wasm-tier-up', '--wasm-dynamic-tiering'];

/** What is compiled by the end of a run, two fifths of a start. */
function keepCompiled(script, kept) {
  const before = v8.cachedDataVersionTag();
  process.once('exit', () => {
    try {
      if (v8.cachedDataVersionTag() !== before) for (const flag of FLAGS) v8.setFlagsFromString(flag);
      if (v8.cachedDataVersionTag() === before) put(kept, script.createCachedData());
    } catch {
      // Then it is compiled each time.
    }
  });
}
