import { shellWord } from '../model/command.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { isLockstepError, LockstepError, type Refusal } from '../model/lockstep-error.ts';
import { identifier } from './sql-text.ts';

type Remedy = Pick<Refusal, 'code' | 'what' | 'next' | 'detail'>;

/** The driver's or the server's code: `ECONNREFUSED`, `28P01`. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  // Happy eyeballs: every address of a name failed.
  return error instanceof AggregateError ? errorCode(error.errors[0]) : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const isTlsUnsupported = (error: unknown): boolean => /server does not support SSL/i.test(messageOf(error));
export const isStartingUp = (error: unknown): boolean => errorCode(error) === '57P03';
const isSilent = (error: unknown): boolean => /timeout expired/.test(messageOf(error));
const isCut = (error: unknown): boolean => /Connection terminated unexpectedly/.test(messageOf(error));

/** Nobody answers yet, as it is while containers start: no server, no name, no route, or a proxy with nobody behind it. */
export const isNotUpYet = (error: unknown): boolean =>
  isStartingUp(error) ||
  isSilent(error) ||
  isCut(error) ||
  ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT', 'ENOENT'].includes(errorCode(error) ?? '');
export const isDatabaseMissing = (error: unknown): boolean => errorCode(error) === '3D000';

const CERTIFICATE = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;

/** Turns any failure to connect into a refusal that names the setting to change. Nothing in it is secret. */
export function connectionFailure(error: unknown, settings: ConnectionSettings): LockstepError {
  if (isLockstepError(error)) return error;
  const place = placeOf(settings);
  const [code = '', message] = [errorCode(error), messageOf(error)];
  const detail = message.includes(code) ? message : `${code} ${message}`;
  return new LockstepError({ detail, ...remedyOf(error, settings, place), cause: error });
}

export function connectionInterrupted(settings: ConnectionSettings, interruption: AbortSignal): LockstepError {
  return new LockstepError({
    code: 'interrupted',
    what: `Interrupted by ${String(interruption.reason)} while waiting for ${placeOf(settings)} to answer; nothing was changed`,
    next: 'run the same command again when the server is up',
    exitCode: 1,
  });
}

const placeOf = ({ host, port }: ConnectionSettings): string => (host.startsWith('/') ? `${host} (port ${port})` : `${host}:${port}`);

function remedyOf(error: unknown, settings: ConnectionSettings, place: string): Remedy {
  const code = errorCode(error) ?? '';
  if (isTlsUnsupported(error))
    return {
      code: 'tls-refused',
      what: `${place} does not offer TLS, and this connection asks for it (${settings.tls})`,
      next: 'switch TLS on at the server, or set DB_SSL=disable where the network is trusted',
    };
  if (CERTIFICATE.test(code)) return byCertificate(code, place);
  return bySqlstate(place, settings, error) ?? byNetwork(code, error, place);
}

function byCertificate(code: string, place: string): Remedy {
  const without = 'or set DB_SSL=require to encrypt without checking who answers';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      code: 'tls-other-name',
      what: `The certificate of ${place} is for another name`,
      next: `set DB_HOST to a name that the certificate has, ${without}`,
    };
  if (code === 'CERT_HAS_EXPIRED')
    return { code: 'tls-expired', what: `The certificate of ${place} has expired`, next: `renew it at the server, ${without}` };
  return {
    code: 'tls-not-verifiable',
    what: `The certificate of ${place} cannot be verified`,
    next: `set DB_SSL_CA=/path/to/ca.pem to trust its authority, ${without}`,
  };
}

function bySqlstate(place: string, settings: ConnectionSettings, error: unknown): Remedy | undefined {
  const { host, port, user, database } = settings;
  switch (errorCode(error)) {
    case '28P01':
      return {
        code: 'wrong-password',
        what: `${place} does not accept the password of user "${user}", or has no such user`,
        next: 'set DB_USER and DB_PASSWORD, or correct them in DATABASE_URL (special characters percent-encoded)',
      };
    case '28000':
      return {
        code: 'login-refused',
        what: `${place} does not let user "${user}" in`,
        next: 'set DB_USER to a role that may log in, or ask for a line in pg_hba.conf',
      };
    case '3D000':
      return {
        code: 'database-missing',
        what: `Database "${database}" does not exist on ${place}`,
        next: `psql ${['-h', host, '-p', String(port), '-U', user, '-d', 'postgres', '-c', `CREATE DATABASE ${identifier(database)}`].map(shellWord).join(' ')}`,
      };
    case '53300':
      return tooManyConnections(place, settings, messageOf(error));
    case '42704':
    case '22023':
      return {
        code: 'bad-options',
        what: `${place} does not know a start-up option`,
        next: 'correct options= in DATABASE_URL, or PGOPTIONS',
      };
    case '57P03':
      return {
        code: 'server-not-ready',
        what: `${place} is starting up or recovering and takes no connections yet`,
        next: 'run the same command again in a moment',
      };
    default:
      return undefined;
  }
}

const WHO = 'see who is connected: SELECT pid, usename, application_name, state FROM pg_stat_activity;';

function tooManyConnections(place: string, { user, database }: ConnectionSettings, message: string): Remedy {
  const [whose, raise] = /for role/.test(message)
    ? [`User "${user}"`, `lift the limit: ALTER ROLE ${identifier(user)} CONNECTION LIMIT -1;`]
    : /for database/.test(message)
      ? [`Database "${database}"`, `lift the limit: ALTER DATABASE ${identifier(database)} CONNECTION LIMIT -1;`]
      : [place, 'raise max_connections'];
  return { code: 'too-many-connections', what: `${whose} has no connection left`, next: `end one (${WHO})\nor ${raise}` };
}

function byNetwork(code: string, error: unknown, place: string): Remedy {
  const message = messageOf(error);
  if (/SASL.*password must be a string|no password supplied/i.test(message))
    return {
      code: 'password-missing',
      what: `${place} asks for a password and none is set`,
      // The driver's words are about its own types.
      detail: '',
      next: 'set DB_PASSWORD, or add the password to DATABASE_URL or ~/.pgpass (mode 0600)',
    };
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return {
      code: 'connection-refused',
      what: `Nothing listens on ${place}`,
      next: 'start the server, or set DB_HOST and DB_PORT (or DATABASE_URL) to where it is',
    };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { code: 'host-not-found', what: `The host of ${place} is not known`, next: 'correct DB_HOST or DATABASE_URL' };
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || isSilent(error))
    return { code: 'connection-timeout', what: `${place} does not answer`, next: 'check DB_HOST, DB_PORT and the firewall in between' };
  if (code === 'ECONNRESET' || isCut(error))
    return {
      code: 'connection-cut',
      what: `${place} closes the connection before it is made: not a PostgreSQL server, or TLS is required`,
      next: 'set DB_HOST and DB_PORT to where PostgreSQL is, or DB_SSL=require',
    };
  return {
    code: 'connection-failed',
    what: `The connection to ${place} failed`,
    next: 'check DATABASE_URL, or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_SSL',
  };
}
