import type { ConnectionSettings } from '../model/environment.ts';
import { LockstepError, type Refusal } from '../model/lockstep-error.ts';
import { identifier } from './quote.ts';

type Remedy = Pick<Refusal, 'code' | 'what' | 'next'>;

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
export const isDatabaseMissing = (error: unknown): boolean => errorCode(error) === '3D000';

const CERTIFICATE = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;
const TLS_NEXT = 'DB_SSL_CA=/path/to/ca.pem to trust its authority, or DB_SSL=require to encrypt without checking who answers';

/** Turns any failure to connect into a refusal that names the setting to change. Nothing in it is secret. */
export function connectionFailure(error: unknown, settings: ConnectionSettings): LockstepError {
  const place = settings.host.startsWith('/') ? `${settings.host} (port ${settings.port})` : `${settings.host}:${settings.port}`;
  const detail = [errorCode(error), messageOf(error)].filter(Boolean).join(' ');
  return new LockstepError({ ...remedyOf(error, settings, place), detail, exitCode: 2, cause: error });
}

function remedyOf(error: unknown, settings: ConnectionSettings, place: string): Remedy {
  const code = errorCode(error) ?? '';
  if (isTlsUnsupported(error))
    return {
      code: 'tls-refused',
      what: `${place} does not offer TLS, and a server that is not this machine is asked for it`,
      next: 'set DB_SSL=disable if the network is trusted, or switch TLS on at the server',
    };
  if (CERTIFICATE.test(code))
    return { code: 'tls-not-verifiable', what: `The certificate of ${place} cannot be verified`, next: `set ${TLS_NEXT}` };
  return bySqlstate(code, settings, place) ?? byNetwork(code, error, place);
}

function bySqlstate(code: string, { user, database }: ConnectionSettings, place: string): Remedy | undefined {
  switch (code) {
    case '28P01':
      return {
        code: 'wrong-password',
        what: `${place} does not accept the password of user "${user}"`,
        next: 'set DB_PASSWORD, or the password in DATABASE_URL (special characters percent-encoded)',
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
        next: `create it: psql -h ${place.split(':')[0]} -U ${user} -d postgres -c 'CREATE DATABASE ${identifier(database)}'`,
      };
    case '53300':
      return {
        code: 'too-many-connections',
        what: `${place} has no connection left`,
        next: 'free one, or raise max_connections; see who is connected: SELECT pid, application_name, state FROM pg_stat_activity',
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

function byNetwork(code: string, error: unknown, place: string): Remedy {
  const message = messageOf(error);
  if (/SASL.*password must be a string|no password supplied/i.test(message))
    return {
      code: 'password-missing',
      what: `${place} asks for a password and none is set`,
      next: 'set DB_PASSWORD, or add the password to DATABASE_URL or ~/.pgpass',
    };
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return {
      code: 'connection-refused',
      what: `Nothing listens on ${place}`,
      next: 'start the server, or set DB_HOST and DB_PORT (or DATABASE_URL) to where it is',
    };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { code: 'host-not-found', what: `The host of ${place} is not known`, next: 'correct DB_HOST or DATABASE_URL' };
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || /timeout expired/.test(message))
    return { code: 'connection-timeout', what: `${place} does not answer`, next: 'check DB_HOST, DB_PORT and the firewall in between' };
  return {
    code: 'connection-failed',
    what: `The connection to ${place} failed`,
    next: 'check DATABASE_URL, or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_SSL',
  };
}
