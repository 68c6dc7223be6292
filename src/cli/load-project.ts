import { existsSync } from 'node:fs';
import path from 'node:path';
import { connectionVariables, type KnexConnection } from '../environment/connection-variables.ts';
import { defineProject } from '../environment/define-project.ts';
import { readBackend } from '../files/backend.ts';
import { importAsWritten, learnTypeScript } from '../knex/load-module.ts';
import type { Project, StockMigrations } from '../model/environment.ts';
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
  return projectIn(file, path.dirname(file).replace(/[\\/]dist$/, ''));
}

/** Where others keep theirs, and tell it to Knex by `--knexfile`. */
const ELSEWHERE = ['src', 'src/db', 'src/database', 'db', 'database', 'config', 'src/config'];

/** The knexfile below a folder that has none itself, as its scripts name it or as is usual; undefined where there is none that loads. */
export async function findElsewhere(root: string): Promise<{ readonly file: string; readonly project: Project } | undefined> {
  const scripts = Object.values(readBackend(root).packageJson.scripts ?? {});
  const named = scripts.flatMap((script) => /--knexfile[ =]["']?([^\s"']+)/.exec(script)?.[1] ?? []);
  const usual = ELSEWHERE.flatMap((folder) => NAMES.slice(0, -1).map((name) => `${folder}/${name}`));
  const file = [...named, ...usual].map((one) => path.posix.normalize(one)).find((one) => existsSync(path.join(root, one)));
  if (file === undefined || file.startsWith('..')) return undefined;
  return { file, project: await projectIn(path.join(root, file), root) };
}

async function projectIn(file: string, root: string): Promise<Project> {
  const { project, default: written } = await importFile(file, root);
  if (project) return project;
  // Knex takes a function as well.
  const config = typeof written === 'function' ? await saidBy(() => written(), file) : written;
  return (
    config?.project ?? {
      ...defineProject({ root }),
      connections: connectionsOf(config, file),
      stock: stockOf(config, { root, folder: path.dirname(file) }),
    }
  );
}

interface KnexConfig extends KnexConnection {
  readonly client?: unknown;
  readonly migrations?: { readonly directory?: unknown; readonly tableName?: unknown };
  readonly project?: Project;
}

interface Knexfile {
  readonly project?: Project;
  readonly default?: KnexConfig | (() => Promise<KnexConfig>);
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
    throw broken(file, cause);
  }
}

const shownAs = (file: string): string => path.relative(process.cwd(), file) || file;

function broken(file: string, cause: unknown): LockstepError {
  if (isLockstepError(cause)) return cause;
  const shown = shownAs(file);
  return new LockstepError({
    code: 'knexfile-broken',
    what: `${shown} does not load: ${String((cause as Error)?.message ?? cause).split('\n')[0]}`,
    where: { file: shown },
    next: `correct ${shown}; node ${shown}   shows where it fails`,
    cause,
  });
}

/** What a function of a knexfile says. */
async function saidBy<T>(say: () => Promise<T> | T, file: string): Promise<T> {
  try {
    return await say();
  } catch (cause) {
    throw broken(file, cause);
  }
}

async function importSource(file: string, root: string): Promise<Knexfile> {
  if (/\.[cm]?ts$/.test(file)) await learnTypeScript(root, [file]);
  return await importAsWritten(file);
}

/** A single configuration counts for development. */
const environmentsIn = (config: KnexConfig): readonly (readonly [string, KnexConfig])[] =>
  config.client === undefined && config.connection === undefined ? Object.entries(config) : [['development', config]];

/** Of the first environment that says something. Knex takes several folders, from that of the knexfile on; in the first one it makes new ones. */
function stockOf(config: KnexConfig = {}, { root, folder }: { readonly root: string; readonly folder: string }): StockMigrations {
  const { directory = 'migrations', tableName } = environmentsIn(config).find(([, one]) => one?.migrations)?.[1].migrations ?? {};
  const [first] = [directory].flat();
  return {
    ...(typeof first === 'string' && { directory: path.relative(root, path.resolve(folder, first)).replaceAll('\\', '/') }),
    ...(typeof tableName === 'string' && { tableName }),
  };
}

/** What each environment of a plain knexfile says about its connection, as variables. */
const connectionsOf = (config: KnexConfig = {}, file: string): Project['connections'] =>
  Object.fromEntries(environmentsIn(config).map(([name, one]) => [name, once(() => connectionOf(name, one, file))]));

/** As Knex spells its dialects of PostgreSQL; a class is somebody's own. */
const POSTGRES = /^(?:pg|pg-?native|postgres|postgresql|cockroachdb|redshift)$/;

/** @throws LockstepError where it is another database's, or a function of it fails */
async function connectionOf(name: string, { client, connection, ...config }: KnexConfig = {}, file: string) {
  if (typeof client === 'string' && !POSTGRES.test(client))
    throw new LockstepError({
      code: 'not-postgresql',
      what: `${shownAs(file)} connects ${name} by the client ${client}, and this migrates PostgreSQL`,
      where: { file: shownAs(file) },
      next: `client: 'pg' there; or DATABASE_URL=postgresql://… in .env.${name}`,
    });
  const own: unknown = typeof connection === 'function' ? await saidBy(() => connection(), file) : connection;
  return connectionVariables({ connection: own, ...config });
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

const noKnexfile = (from: string): LockstepError =>
  new LockstepError({
    code: 'no-knexfile',
    what: `There is no knexfile in ${from}, or in a folder above it`,
    next: 'npx lockstep init',
  });
