import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import type { Knex } from 'knex';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Direction, Migration } from '../model/migration.ts';

let canImportTypeScript =
  Boolean((process.features as { typescript?: unknown }).typescript) || process.execArgv.some((arg) => arg.includes('tsx'));

const isTypeScript = (file: string): boolean => /\.[cm]?ts$/.test(file);

/**
 * Node 20 learns TypeScript from tsx, the project's own where it has one, and only when the first module is to be imported.
 * @param files what is to be imported; JavaScript may import TypeScript, and needs none
 * @throws LockstepError when one of them is TypeScript, and tsx is missing
 */
export async function learnTypeScript(root: string, files: readonly string[]): Promise<void> {
  if (canImportTypeScript) return hideWarnings();
  const registers = await importTsx(root).catch((cause: unknown) => {
    if (!files.some(isTypeScript)) return undefined;
    throw new LockstepError({
      code: 'tsx-missing',
      what: `Node ${process.versions.node} does not read TypeScript by itself, and tsx, which does it for it, is not installed`,
      next: 'npm install --save-dev tsx\nor Node 22.18 or newer; or compile to dist/',
      cause,
    });
  });
  for (const { register } of registers ?? []) register();
  canImportTypeScript = registers !== undefined;
}

const isAboutTypes = ({ code, message }: NodeJS.ErrnoException): boolean =>
  code === 'MODULE_TYPELESS_PACKAGE_JSON' || message.startsWith('Type Stripping');
let areHidden = false;

/** How Node itself reads TypeScript is no news for who runs a migration. Other warnings are shown as ever. */
function hideWarnings(): void {
  if (areHidden) return;
  areHidden = true;
  // As Node calls the one that prints.
  const print = process.listeners('warning').find(({ name }) => name === 'onWarning');
  if (!print) return;
  process.off('warning', print);
  process.on('warning', (warning: NodeJS.ErrnoException) => {
    if (!isAboutTypes(warning)) print(warning);
  });
}

interface Api {
  readonly register: () => void;
}

/** For import, and for require: the latter loads what a package without `"type": "module"` holds. */
async function importTsx(root: string): Promise<readonly Api[]> {
  try {
    return [await import('tsx/esm/api'), await import('tsx/cjs/api')];
  } catch (error) {
    // Installed, we are in a folder from which the project's own packages may not be seen. Its CommonJS entries do not find its own files.
    const own = createRequire(path.join(root, 'package.json')).resolve('tsx/package.json');
    const files = ['esm', 'cjs'].map((kind) => path.join(path.dirname(own), 'dist', kind, 'api/index.mjs'));
    if (!files.every((file) => existsSync(file))) throw error;
    return await Promise.all(files.map(async (file): Promise<Api> => await import(pathToFileURL(file).href)));
  }
}

/** Whether an import failed because a `.js` file is CommonJS: stock Knex writes it so, and this package is `"type": "module"`. */
function isCommonJs(file: string, error: unknown): boolean {
  return (
    file.endsWith('.js') &&
    error instanceof ReferenceError &&
    /^(exports|module|require|__dirname|__filename) is not defined/.test(error.message)
  );
}

/** Runs a file as CommonJS, whatever its package says of itself. */
function loadCommonJs(file: string): unknown {
  const run = compileFunction(readFileSync(file, 'utf8'), ['exports', 'require', 'module', '__filename', '__dirname'], { filename: file });
  const module = { exports: {} };
  run(module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
}

/** A hand-written Knex migration. `transaction: false`, as a config or an export, asks for a plain connection. */
export interface CodeModule {
  readonly up?: (knex: Knex) => Promise<unknown>;
  readonly down?: (knex: Knex) => Promise<unknown>;
  readonly config?: { readonly transaction?: boolean };
  readonly transaction?: boolean;
  readonly default?: CodeModule;
}

/**
 * Imports a migration's module.
 * @throws LockstepError when it does not load, or lacks the direction.
 */
export async function loadModule(root: string, migration: Migration, direction: Direction): Promise<CodeModule> {
  const file = migration.module ?? '';
  await learnTypeScript(root, [file]);
  const loaded = await importModule(path.join(root, file)).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message.split('\n').slice(0, 3).join(' ') : String(cause);
    throw new LockstepError({
      code: 'module-broken',
      what: `${file} does not load: ${why}`,
      where: { file },
      next: `correct ${file}; npx tsc --noEmit shows type errors`,
      exitCode: 2,
      cause,
    });
  });
  const module = pickModule(loaded);
  if (typeof module[direction] === 'function') return module;
  throw new LockstepError({
    code: 'module-incomplete',
    what: `${file} exports no function "${direction}"`,
    where: { file },
    next: `add to ${file}: export async function ${direction}(knex) { … }`,
    exitCode: direction === 'down' ? 3 : 2,
  });
}

async function importModule(file: string): Promise<CodeModule> {
  try {
    return await importAsWritten<CodeModule>(file);
  } catch (error) {
    if (!isCommonJs(file, error)) throw error;
    return loadCommonJs(file) as CodeModule;
  }
}

/** Imports a file. What was written as a module and compiled to CommonJS arrives as its default export, and is taken out. */
export async function importAsWritten<T extends { readonly default?: unknown }>(file: string): Promise<T> {
  const loaded: T = await import(pathToFileURL(file).href);
  const inner = loaded.default as (T & { readonly __esModule?: unknown }) | null | undefined;
  return inner?.__esModule ? inner : loaded;
}

/** A CommonJS module arrives as its default export. */
function pickModule(loaded: CodeModule): CodeModule {
  return loaded.up || loaded.down || !loaded.default ? loaded : loaded.default;
}

export const wantsTransaction = (module: CodeModule): boolean => module.config?.transaction !== false && module.transaction !== false;
