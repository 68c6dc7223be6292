import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { type Environment, environmentNamed, type Project } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';

export type Variables = Journey['variables'];

const CONNECTING = ['DATABASE_URL', 'DB_HOST', 'DB_PORT', 'DB_USER', 'PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGUSER'];

const DEVELOPMENT = { name: 'development', basedOn: 'development' };

export const namesServer = (variables: Variables): boolean => CONNECTING.some((name) => Boolean(variables[name]));

/** The environment that was asked for, by option or `MIGRATE_ENV`; undefined when none was. */
export function chosenEnvironment({ project, env, variables }: Pick<Journey, 'project' | 'env' | 'variables'>): Environment | undefined {
  const name = env ?? variables['MIGRATE_ENV'];
  return name ? environmentNamed(project, name) : undefined;
}

/**
 * The variables of an environment: the process's own first, then `.env.<environment>`, then `.env` in development, test and what is based on them.
 * Without a chosen environment files are read only when the process itself names no server, which then means development.
 * So a development password never travels to a server that somebody named by hand.
 */
export function readVariables({ root }: Pick<Project, 'root'>, chosen: Environment | undefined, variables: Variables): Variables {
  if (!chosen && namesServer(variables)) return variables;
  const { name, basedOn } = chosen ?? DEVELOPMENT;
  const shared = basedOn === 'development' || basedOn === 'test' ? readFile(path.join(root, '.env')) : {};
  return { ...shared, ...readFile(path.join(root, `.env.${name}`)), ...definedOnly(variables) };
}

/** The same with what a plain knexfile says about the connection, which counts where no variable names a server. */
export async function readConnection(
  project: Pick<Project, 'root' | 'connections'>,
  chosen: Environment | undefined,
  variables: Variables,
): Promise<Variables> {
  const found = readVariables(project, chosen, variables);
  return namesServer(found) ? found : { ...(await project.connections[(chosen ?? DEVELOPMENT).name]?.()), ...found };
}

function readFile(file: string): Variables {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new LockstepError({
      code: 'env-file-unreadable',
      what: `${file} cannot be read (${code})`,
      next: `ls -ld ${file}`,
      cause,
    });
  }
}

const definedOnly = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''));
