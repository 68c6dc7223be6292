// The stock CLI finds this file before knexfile.ts; it lets a plain `npx knex` read TypeScript, built into one file as run.mjs does it.
import { findBundle, runBundle } from './bundles.mjs';

const [, program = '', ...args] = process.argv;
const isStockCli = /[\\/](\.bin[\\/]knex|knex[\\/]bin[\\/]cli\.js)$/.test(program);

async function learnTypeScript() {
  if (process.features.typescript || process.execArgv.join().includes('tsx')) return;
  const { register } = await import('tsx/esm/api').catch(() => {
    process.stderr.write('tsx, which reads TypeScript, is not installed\n  Next: npm ci\n');
    process.exit(2);
  });
  register();
}

async function loadSources() {
  await learnTypeScript();
  return import('./knexfile.ts').catch((error) => {
    // Where it does not parse, the place is in the message; the trace is of the compiler.
    if (error?.name === 'TransformError') error.stack = error.message;
    throw error;
  });
}

async function loadBuilt() {
  // Knex itself imports the seeds.
  if (args.includes('seed:run')) await learnTypeScript();
  // What cannot be built, the sources say better.
  const bundle = await findBundle('knexfile').catch(() => undefined);
  if (!bundle) return loadSources();
  return runBundle(bundle).catch((error) => {
    if (error?.name === 'LockstepError') throw error;
    return loadSources();
  });
}

// An application gets the modules that it imports itself.
const { default: config } = await (isStockCli ? loadBuilt() : loadSources());
export default config;
