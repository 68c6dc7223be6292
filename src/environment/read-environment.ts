import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { ENVIRONMENTS, type EnvironmentName, findEnvironmentName } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

const CONNECTING = ['DATABASE_URL', 'DB_HOST', 'DB_PORT', 'DB_USER', 'PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGUSER'];

/** Whether the variables say where to connect. */
export const namesServer = (variables: Variables): boolean => CONNECTING.some((name) => Boolean(variables[name]));

/** @throws LockstepError for a name that is none of the four environments. */
export function parseEnvironmentName(name: string): EnvironmentName {
  const known = findEnvironmentName(name);
  if (known) return known;
  throw new LockstepError({
    code: 'unknown-environment',
    what: `There is no environment "${name}"; there are ${ENVIRONMENTS.join(', ')} (and dev, prod for short)`,
    next: 'npm run migrate:status -- --env development',
    exitCode: 2,
  });
}

/** The environment that was asked for, by option or `MIGRATE_ENV`; undefined when none was. */
export function chosenEnvironment(option: string | undefined, variables: Variables): EnvironmentName | undefined {
  const name = option ?? variables['MIGRATE_ENV'];
  return name ? parseEnvironmentName(name) : undefined;
}

/**
 * The variables of an environment: the process's own first, then `.env.<environment>`, then (development and test only) `.env`.
 * Without a chosen environment files are read only when the process itself names no server, which then means development:
 * so a development password never travels to a server that somebody named by hand.
 */
export function readVariables(root: string, chosen: EnvironmentName | undefined, variables: Variables): Variables {
  if (!chosen && namesServer(variables)) return variables;
  const name = chosen ?? 'development';
  const shared = name === 'development' || name === 'test' ? readFile(path.join(root, '.env')) : {};
  return { ...shared, ...readFile(path.join(root, `.env.${name}`)), ...definedOnly(variables) };
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
      exitCode: 2,
      cause,
    });
  }
}

function definedOnly(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''));
}
