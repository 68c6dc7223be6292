import type { Variables } from './read-environment.ts';

const NAMED = {
  connectionString: 'DATABASE_URL',
  host: 'DB_HOST',
  port: 'DB_PORT',
  user: 'DB_USER',
  password: 'DB_PASSWORD',
  database: 'DB_NAME',
};

/** A connection as Knex takes it, a URL or its parts, as our variables; empty where it says nothing that can be read. */
export function connectionVariables(connection: unknown): Readonly<Record<string, string>> {
  if (typeof connection === 'string') return { DATABASE_URL: connection };
  if (typeof connection !== 'object' || connection === null) return {};
  const given = connection as Readonly<Record<string, unknown>>;
  const texts = Object.entries(NAMED).flatMap(([theirs, ours]) =>
    ['string', 'number'].includes(typeof given[theirs]) && given[theirs] !== '' ? [[ours, String(given[theirs])] as const] : [],
  );
  const found: Variables = Object.fromEntries(texts);
  // Knex takes localhost where nothing is said.
  const isComplete = texts.length === 0 || found['DB_HOST'] !== undefined || found['DATABASE_URL'] !== undefined;
  return { ...Object.fromEntries(texts), ...(!isComplete && { DB_HOST: 'localhost' }) };
}
