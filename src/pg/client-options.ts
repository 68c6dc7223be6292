import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { given } from '../model/given.ts';
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
    ssl: tlsOptions(settings),
    // Without one the driver would look into the password file itself, with a warning that it will not do so for long.
    password: settings.password ?? (() => undefined as unknown as string),
    ...(settings.options !== undefined && { options: settings.options }),
  };
}

function tlsOptions({ tls, tlsCa, tlsCert, tlsKey }: ConnectionSettings): ClientConfig['ssl'] {
  if (tls === 'disable') return false;
  const isVerified = tls === 'verify-full';
  return {
    rejectUnauthorized: isVerified,
    ...given({ cert: readPem(CERTIFICATE, tlsCert), key: readPem(KEY, tlsKey), ca: isVerified ? readPem(AUTHORITY, tlsCa) : undefined }),
  };
}

/** A kind of PEM file: what it is called, which variable names it, and what it must hold. */
interface Pem {
  readonly what: string;
  readonly variable: string;
  readonly code: string;
  readonly holds: readonly [noun: string, mark: RegExp];
}

const A_CERTIFICATE = ['certificate', /-----BEGIN [\w ]*CERTIFICATE-----/] as const;
const AUTHORITY: Pem = { what: 'certificate authority', variable: 'DB_SSL_CA', code: 'tls-authority-missing', holds: A_CERTIFICATE };
const CERTIFICATE: Pem = { what: 'client certificate', variable: 'DB_SSL_CERT', code: 'tls-certificate-missing', holds: A_CERTIFICATE };
const KEY: Pem = {
  what: 'client key',
  variable: 'DB_SSL_KEY',
  code: 'tls-key-missing',
  holds: ['private key', /-----BEGIN [\w ]*PRIVATE KEY-----/],
};

/** @param said PEM text or a path */
function readPem(pem: Pem, said: string | undefined): string | undefined {
  if (said === undefined) return undefined;
  const text = said.includes('-----BEGIN') ? said : readFile(pem, said);
  const [noun, mark] = pem.holds;
  if (mark.test(text)) return text;
  throw refusal(pem, `${text === said ? pem.variable : `The ${pem.what} file ${said}`} holds no ${noun}`);
}

function readFile(pem: Pem, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw refusal(pem, `The ${pem.what} file ${file} cannot be read${code}`, cause);
  }
}

const refusal = ({ variable, code }: Pem, what: string, cause?: unknown): LockstepError =>
  new LockstepError({ code, what, next: `set ${variable} to the path of a PEM file that this user can read`, cause });
