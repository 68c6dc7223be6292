import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Knex } from 'knex';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Direction, Migration } from '../model/migration.ts';
import { learnTypeScript } from './learn-typescript.ts';
import { isCommonJs, loadCommonJs } from './load-common-js.ts';

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
  await learnTypeScript();
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
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (!isCommonJs(file, error)) throw error;
    return loadCommonJs(file) as CodeModule;
  }
}

/** A CommonJS module arrives as its default export. */
function pickModule(loaded: CodeModule): CodeModule {
  return loaded.up || loaded.down || !loaded.default ? loaded : loaded.default;
}

export const wantsTransaction = (module: CodeModule): boolean => module.config?.transaction !== false && module.transaction !== false;
