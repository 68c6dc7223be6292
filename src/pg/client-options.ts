import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';
import type { ConnectionSettings, TlsMode } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';

const CONNECT_TIMEOUT_MS = 15_000;
const KEEPALIVE_DELAY_MS = 10_000;

/** The driver's options for our settings. `prefer` asks for TLS; `connect` falls back where the server offers none. */
export function clientOptions(settings: ConnectionSettings, applicationName: string): ClientConfig {
  return {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
    ssl: tlsOptions(settings.tls, settings.tlsCa),
    ...(settings.password !== undefined && { password: settings.password }),
    ...(settings.options !== undefined && { options: settings.options }),
  };
}

function tlsOptions(mode: TlsMode, ca: string | undefined): ClientConfig['ssl'] {
  if (mode === 'disable') return false;
  if (mode !== 'verify-full') return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ...(ca !== undefined && { ca: readAuthority(ca) }) };
}

function readAuthority(ca: string): string {
  const pem = ca.includes('-----BEGIN') ? ca : readPem(ca);
  if (/-----BEGIN [\w ]*CERTIFICATE-----/.test(pem)) return pem;
  throw authorityRefusal(`${pem === ca ? 'DB_SSL_CA' : `The certificate authority file ${ca}`} holds no certificate`);
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw authorityRefusal(`The certificate authority file ${file} cannot be read${code}`, cause);
  }
}

function authorityRefusal(what: string, cause?: unknown): LockstepError {
  return new LockstepError({
    code: 'tls-authority-missing',
    what,
    next: 'set DB_SSL_CA to the path of a PEM file that this user can read',
    exitCode: 2,
    cause,
  });
}
