/** What a knexfile says that holds configurations of Knex only. */
import path from 'node:path';
import { askConnection, connectionVariables, type KnexConnection } from '../environment/connection-variables.ts';
import type { Project, StockMigrations } from '../model/environment.ts';
import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';

/** What Knex is told, for one environment or alone. */
export interface KnexConfig extends KnexConnection {
  readonly client?: unknown;
  readonly migrations?: { readonly directory?: unknown; readonly tableName?: unknown };
  readonly project?: Project;
}

/** A single configuration counts for development. */
const environmentsIn = (config: KnexConfig): readonly (readonly [string, KnexConfig])[] =>
  config.client === undefined && config.connection === undefined ? Object.entries(config) : [['development', config]];

/** Of the first environment that says something. Knex takes several folders, from that of the knexfile on; in the first one it makes new ones. */
export function stockOf(config: KnexConfig = {}, { root, folder }: { readonly root: string; readonly folder: string }): StockMigrations {
  const { directory = 'migrations', tableName } = environmentsIn(config).find(([, one]) => one?.migrations)?.[1].migrations ?? {};
  const [first] = [directory].flat();
  return {
    ...(typeof first === 'string' && { directory: path.relative(root, path.resolve(folder, first)).replaceAll('\\', '/') }),
    ...(typeof tableName === 'string' && { tableName }),
  };
}

/** What each environment of a plain knexfile says about its connection, as variables. */
export const connectionsOf = (config: KnexConfig = {}, file: string): Project['connections'] =>
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
  return connectionVariables({ connection: await saidBy(() => askConnection(connection), file), ...config });
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

const shownAs = (file: string): string => path.relative(process.cwd(), file) || file;

/** @returns why a knexfile does not load; a refusal of ours as it is */
export function broken(file: string, cause: unknown): LockstepError {
  if (isLockstepError(cause)) return cause;
  const shown = shownAs(file);
  return new LockstepError({
    code: 'knexfile-broken',
    what: `${shown} does not load: ${firstLine(cause)}`,
    where: { file: shown },
    next: `correct ${shown}; node ${shown}   shows where it fails`,
    cause,
  });
}

/** What a function of a knexfile says; what is none, as it is. */
export async function saidBy(said: unknown, file: string): Promise<unknown> {
  try {
    return typeof said === 'function' ? await said() : said;
  } catch (cause) {
    const shown = shownAs(file);
    throw new LockstepError({
      code: 'knexfile-broken',
      what: `A function of ${shown} fails: ${firstLine(cause)}`,
      where: { file: shown },
      next: 'correct it; or name the server without it: DATABASE_URL=postgresql://…',
      cause,
    });
  }
}

const firstLine = (cause: unknown): string => String((cause as Error)?.message ?? cause).split('\n')[0] ?? '';
