import { shellWord } from '../model/command.ts';
import { type ConnectionSettings, ENVIRONMENTS, type Environment, type TlsMode } from '../model/environment.ts';
import { given } from '../model/given.ts';
import { keepSecrets } from '../model/known-secrets.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import { oneHost, parseUrl, type UrlParts } from './database-url.ts';
import { findInPasswordFile } from './password-file.ts';
import { namesServer, type Variables } from './read-environment.ts';
import { userName } from './user.ts';

/** Asks for the embedded server; names what is to be found in it. */
export type EmbeddedRequest = Pick<ConnectionSettings, 'database' | 'schema' | 'schemaIsChosen'> & { readonly embedded: true };

const EMBEDDED_DATABASE = 'app_development';

/**
 * Where to connect: `DB_*` beside a `DATABASE_URL` override its parts; PostgreSQL's own `PG*` come last.
 * Nothing configured means the embedded server in development, and a refusal elsewhere.
 */
export function connectionSettings(variables: Variables, chosen: Environment | undefined): ConnectionSettings | EmbeddedRequest {
  if (!namesServer(variables)) {
    if (chosen && chosen.name !== 'development') throw notConfigured(chosen);
    return {
      embedded: true,
      database: firstOf(variables['DB_NAME'], variables['PGDATABASE']) ?? EMBEDDED_DATABASE,
      ...schemaIn(variables),
    };
  }
  const url = parseUrl(variables['DATABASE_URL']);
  const host = oneHost(firstOf(variables['DB_HOST'], url?.host, variables['PGHOST'], variables['PGHOSTADDR']) ?? '127.0.0.1');
  const user = firstOf(variables['DB_USER'], url?.user, variables['PGUSER']) ?? userName();
  const port = parsePort(firstOf(variables['DB_PORT'], url?.port, variables['PGPORT']) ?? '5432');
  const login = { host, user, port, database: firstOf(variables['DB_NAME'], url?.database, variables['PGDATABASE']) ?? user };
  const password = firstOf(variables['DB_PASSWORD'], url?.password, variables['PGPASSWORD']) ?? findInPasswordFile(login, variables);
  keepSecrets([variables['DB_PASSWORD'], url?.password, variables['PGPASSWORD'], password], [user, login.database, host, ...ENVIRONMENTS]);
  return {
    ...login,
    ...(password && { password }),
    tls: parseTls(firstOf(variables['DB_SSL'], url?.tls, variables['PGSSLMODE'])) ?? defaultTls(host, chosen),
    embedded: false,
    ...schemaIn(variables, url),
    ...optionalSettings(variables, url),
  };
}

/** `DB_SCHEMA`, else the one that the URL names in one of the usual ways. */
function schemaIn(variables: Variables, url?: UrlParts): Pick<ConnectionSettings, 'schema' | 'schemaIsChosen'> {
  const path = url?.searchPath ?? searchPathIn(url?.options ?? variables['PGOPTIONS']);
  const chosen = variables['DB_SCHEMA']?.trim() || (path && oneSchema(path));
  return { schema: chosen || 'public', schemaIsChosen: Boolean(chosen) };
}

/** Of server options as libpq has them: `-c search_path=app`, `--search_path=app` (manual: libpq-connect, runtime-config-client). */
const searchPathIn = (options = ''): string | undefined =>
  /(?:-c\s*|--)search[_-]path=((?:\\.|[^\s\\])+)/i.exec(options)?.[1]?.replace(/\\(.)/g, '$1');

/** `public` and `"$user"` may stand beside it. */
function oneSchema(path: string): string {
  const names = path.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  const [schema = 'public', ...more] = names.filter((name) => name !== 'public' && name !== '$user');
  if (more.length === 0) return schema;
  throw new LockstepError({
    code: 'several-schemas',
    what: `The connection names several schemas (${listed(names)}), and migrations and their history go to one`,
    next: `set DB_SCHEMA=${shellWord(schema)}`,
  });
}

// libpq's name for the authorities that the machine knows, which is what counts without a file.
const SYSTEM_AUTHORITIES = 'system';

const firstOf = (...values: readonly (string | undefined)[]): string | undefined =>
  values.find((value) => value !== undefined && value !== '');

type Optional = Pick<ConnectionSettings, 'options' | 'tlsCa' | 'tlsCert' | 'tlsKey'>;

function optionalSettings(variables: Variables, url: UrlParts | undefined): Optional {
  const tlsCa = firstOf(variables['DB_SSL_CA'], url?.tlsCa, variables['PGSSLROOTCERT']);
  return given({
    options: firstOf(url?.options, variables['PGOPTIONS']),
    tlsCa: tlsCa === SYSTEM_AUTHORITIES ? undefined : tlsCa,
    tlsCert: firstOf(variables['DB_SSL_CERT'], url?.tlsCert, variables['PGSSLCERT']),
    tlsKey: firstOf(variables['DB_SSL_KEY'], url?.tlsKey, variables['PGSSLKEY']),
  });
}

const isThisMachine = (host: string): boolean =>
  host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

function defaultTls(host: string, chosen: Environment | undefined): TlsMode {
  if (isThisMachine(host)) return 'disable';
  return chosen?.basedOn === 'development' || chosen?.basedOn === 'test' ? 'prefer' : 'verify-full';
}

const TLS_NAMES: Readonly<Record<string, TlsMode>> = {
  disable: 'disable',
  false: 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  true: 'require',
  'no-verify': 'require',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
};

function parseTls(name: string | undefined): TlsMode | undefined {
  if (!name) return undefined;
  const mode = TLS_NAMES[name];
  if (mode) return mode;
  throw new LockstepError({
    code: 'bad-setting',
    what: `There is no TLS mode "${name}" (DB_SSL, or sslmode in DATABASE_URL); there are disable, prefer, require and verify-full`,
    next: 'set DB_SSL=verify-full',
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new LockstepError({ code: 'bad-setting', what: `The port "${text}" is not a number from 1 to 65535`, next: 'set DB_PORT=5432' });
}

function notConfigured({ name }: Environment): LockstepError {
  return new LockstepError({
    code: 'not-configured',
    what: `Nothing says where the ${name} database is`,
    next: `set DATABASE_URL, or DB_HOST, DB_NAME, DB_USER and DB_PASSWORD, or write them to .env.${name}`,
  });
}
