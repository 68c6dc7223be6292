import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defineProject } from '../environment/define-project.ts';
import { readBackend } from '../files/backend.ts';
import { importAsWritten, learnTypeScript } from '../knex/load-module.ts';
import type { Project } from '../model/environment.ts';
import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';
import { broken, connectionsOf, type KnexConfig, saidBy, stockOf } from './plain-knexfile.ts';

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
  if (NAMES.some((name) => existsSync(path.join(root, name)))) return undefined;
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
  const config = (await saidBy(written, file)) as KnexConfig | undefined;
  return (
    config?.project ?? {
      ...defineProject({ root }),
      connections: connectionsOf(config, file),
      stock: stockOf(config, { root, folder: path.dirname(file) }),
    }
  );
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

async function importSource(file: string, root: string): Promise<Knexfile> {
  // One at the root may pass on what another one says.
  const files = [file, ...readFileSync(file, 'utf8').matchAll(/(?<=\bfrom ['"])[^'"\n]+/g)].map(String);
  if (files.some((one) => /\.[cm]?ts$/.test(one))) await learnTypeScript(root, files);
  return await importAsWritten(file);
}

const noKnexfile = (from: string): LockstepError =>
  new LockstepError({
    code: 'no-knexfile',
    what: `There is no knexfile in ${from}, or in a folder above it`,
    next: 'npx lockstep init',
  });
