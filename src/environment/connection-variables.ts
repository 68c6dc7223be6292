import type { Variables } from './read-environment.ts';

const NAMED = {
  connectionString: 'DATABASE_URL',
  host: 'DB_HOST',
  port: 'DB_PORT',
  user: 'DB_USER',
  password: 'DB_PASSWORD',
  database: 'DB_NAME',
};

/** What Knex is told about a connection. */
export interface KnexConnection {
  readonly connection?: unknown;
  /** A name, several, or names with commas. */
  readonly searchPath?: unknown;
}

/** What a connection says when it is asked: as for Knex and its driver it may be a function, and so may its password, which expires. */
export async function askConnection(connection: unknown): Promise<unknown> {
  const said = await ask(connection);
  const { password }: { readonly password?: unknown } = Object(said);
  return typeof password === 'function' ? { ...Object(said), password: await ask(password) } : said;
}

const ask = async (said: unknown): Promise<unknown> => (typeof said === 'function' ? said() : said);

/** A connection as Knex takes it, a URL or its parts, as our variables; empty where it says nothing that can be read. */
export function connectionVariables({ connection, searchPath }: KnexConnection = {}): Readonly<Record<string, string>> {
  const server = serverVariables(connection);
  const path = [searchPath ?? []].flat().join(',');
  return path === '' || Object.keys(server).length === 0
    ? server
    : { PGOPTIONS: `-c search_path=${path.replaceAll(/\s/g, '')}`, ...server };
}

function serverVariables(connection: unknown): Readonly<Record<string, string>> {
  if (typeof connection === 'string') return { DATABASE_URL: connection };
  if (typeof connection !== 'object' || connection === null) return {};
  const given = connection as Readonly<Record<string, unknown>>;
  const texts = Object.entries(NAMED).flatMap(([theirs, ours]) =>
    ['string', 'number'].includes(typeof given[theirs]) && given[theirs] !== '' ? [[ours, String(given[theirs])] as const] : [],
  );
  const found: Record<string, string> = Object.fromEntries(texts);
  // Knex takes localhost where nothing is said.
  const isComplete = texts.length === 0 || found['DB_HOST'] !== undefined || found['DATABASE_URL'] !== undefined;
  return { ...found, ...tlsVariables(given['ssl']), ...(!isComplete && { DB_HOST: 'localhost' }) };
}

/** TLS as the driver takes it: whether, and what is trusted. */
function tlsVariables(ssl: unknown): Variables {
  if (ssl === undefined || ssl === null) return {};
  if (typeof ssl !== 'object') return { DB_SSL: ssl ? 'verify-full' : 'disable' };
  const { rejectUnauthorized, ca, cert, key } = ssl as Readonly<Record<string, unknown>>;
  const pem = Object.entries({ DB_SSL_CA: ca, DB_SSL_CERT: cert, DB_SSL_KEY: key }).filter(([, text]) => text);
  return {
    DB_SSL: rejectUnauthorized === false ? 'require' : 'verify-full',
    ...Object.fromEntries(pem.map(([name, text]) => [name, String(text)])),
  };
}
