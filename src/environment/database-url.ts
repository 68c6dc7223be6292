import { LockstepError } from '../model/lockstep-error.ts';

/** What a URL in PostgreSQL's form says, decoded (manual: libpq-connect). */
export type UrlParts = { readonly [part in ServerPart | TlsPart | 'options' | 'searchPath']?: string };
type ServerPart = 'host' | 'port' | 'user' | 'password' | 'database';
type TlsPart = 'tls' | 'tlsCa' | 'tlsCert' | 'tlsKey';

/** @throws LockstepError that does not repeat the URL, as it holds a password. */
export function parseUrl(text: string | undefined): UrlParts | undefined {
  if (!text) return undefined;
  // A socket folder may stand percent-encoded as the host, which URL does not take for postgres:; a special scheme does not either.
  const match = /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@]*))?@)?(\[[^\]]+\]|[^:/?@]*)(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/.exec(
    text.trim(),
  );
  if (!match) throw /^postgres(ql)?:\/\/[^/?]*,/.test(text.trim()) ? severalHosts() : badUrl();
  try {
    const [user, password, host, port, database] = match
      .slice(1, 6)
      .map((part) => (part === undefined ? undefined : decodeURIComponent(part)));
    const query = new URLSearchParams(match[6] ?? '');
    const parts = {
      host: query.get('host') ?? host?.replace(/^\[|\]$/g, ''),
      port: query.get('port') ?? port,
      user: query.get('user') ?? user,
      password: query.get('password') ?? password,
      database: query.get('dbname') ?? database,
      tls: query.get('sslmode') ?? query.get('ssl'),
      tlsCa: query.get('sslrootcert'),
      tlsCert: query.get('sslcert'),
      tlsKey: query.get('sslkey'),
      options: query.get('options'),
      searchPath: query.get('schema') ?? query.get('currentSchema') ?? query.get('search_path'),
    };
    return Object.fromEntries(Object.entries(parts).filter(([, value]) => value));
  } catch (cause) {
    throw badUrl(cause);
  }
}

function badUrl(cause?: unknown): LockstepError {
  return new LockstepError({
    code: 'bad-setting',
    what: 'DATABASE_URL is not a PostgreSQL URL',
    next: 'write it as DATABASE_URL=postgresql://user:password@host:5432/database (percent-encode special characters in the password)',
    cause,
  });
}

/** @throws LockstepError for a list of them */
export function oneHost(host: string): string {
  if (host.includes(',')) throw severalHosts();
  return host;
}

function severalHosts(): LockstepError {
  return new LockstepError({
    code: 'several-hosts',
    what: 'DATABASE_URL, DB_HOST or PGHOST names several servers, and migrations go to one',
    next: 'name the primary alone',
  });
}
