import { existsSync } from 'node:fs';
import path from 'node:path';
import { connectionVariables, type KnexConnection } from '../environment/connection-variables.ts';
import { defineProject } from '../environment/define-project.ts';
import { importAsWritten, learnTypeScript } from '../knex/load-module.ts';
import type { Project } from '../model/environment.ts';
import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';

// A compiled one is found where the sources cannot be read.
const NAMES = ['knexfile.ts', 'knexfile.mts', 'knexfile.cts', 'knexfile.js', 'knexfile.mjs', 'knexfile.cjs', 'dist/knexfile.js'];

/** Of this folder or the nearest one above it that has a knexfile. */
function findKnexfile(from: string): string | undefined {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const found = NAMES.map((name) => path.join(folder, name)).find((file) => existsSync(file));
    if (found || folder === path.dirname(folder)) return found;
  }
}

/**
 * The project that a knexfile defines; of one that only holds configurations of Knex, a project with all defaults.
 * @throws LockstepError where there is none, or it does not load
 */
export async function loadProject(from: string): Promise<Project> {
  const file = findKnexfile(from);
  if (!file) throw noKnexfile(from);
  const root = path.dirname(file).replace(/[\\/]dist$/, '');
  const { project, default: config } = await importFile(file, root);
  return project ?? config?.project ?? { ...defineProject({ root }), connections: connectionsOf(config) };
}

interface KnexConfig extends KnexConnection {
  readonly client?: unknown;
  readonly project?: Project;
}

interface Knexfile {
  readonly project?: Project;
  readonly default?: KnexConfig;
}

async function importFile(file: string, root: string): Promise<Knexfile> {
  try {
    const compiled = path.join(root, 'dist/knexfile.js');
    return await importSource(file, root).catch((error: unknown) => {
      const isRefusal = isLockstepError(error) && error.code !== 'tsx-missing';
      if (isRefusal || !existsSync(compiled) || file === compiled) throw error;
      return importAsWritten(compiled);
    });
  } catch (cause) {
    if (isLockstepError(cause)) throw cause;
    const shown = path.relative(process.cwd(), file) || file;
    throw new LockstepError({
      code: 'knexfile-broken',
      what: `${shown} does not load: ${String((cause as Error)?.message ?? cause).split('\n')[0]}`,
      where: { file: shown },
      next: `correct ${shown}; node ${shown}   shows where it fails`,
      cause,
    });
  }
}

async function importSource(file: string, root: string): Promise<Knexfile> {
  if (/\.[cm]?ts$/.test(file)) await learnTypeScript(root);
  return await importAsWritten(file);
}

/** What each environment of a plain knexfile says about its connection, as variables; a single configuration counts for development. */
function connectionsOf(config: KnexConfig = {}): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const entries = config.client === undefined ? Object.entries(config) : [['development', config] as const];
  return Object.fromEntries(
    entries.flatMap(([name, one]) => {
      const found = connectionVariables(one as KnexConfig | undefined);
      return Object.keys(found).length > 0 ? [[name, found] as const] : [];
    }),
  );
}

const noKnexfile = (from: string): LockstepError =>
  new LockstepError({
    code: 'no-knexfile',
    what: `There is no knexfile in ${from}, or in a folder above it`,
    next: 'npx lockstep init',
  });
