import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { withTemporaryFolder } from '../../files/temporary-folder.ts';
import type { ConnectionSettings } from '../../model/environment.ts';
import { given } from '../../model/given.ts';

/** What of our own environment a program of PostgreSQL may see: a PGHOST or PGSERVICE there must not lead it elsewhere. */
const isKept = (name: string): boolean => !name.startsWith('PG') || name === 'PGPASSFILE';

/**
 * The variables that lead PostgreSQL's own programs to a database (manual: libpq-envars). The password travels here and never on
 * a command line, which every user of the machine can read.
 */
export async function withLibpqEnvironment<T>(
  settings: ConnectionSettings,
  body: (environment: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const run = (folder?: string): Promise<T> => body({ ...bareEnvironment(), ...variablesOf(settings), ...authority(settings, folder) });
  return needsAuthorityFile(settings) ? withTemporaryFolder(run) : run();
}

/** Of a program that connects to nothing: `pg_restore -f -`. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => isKept(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

function variablesOf({ host, port, user, password, database, tls, options }: ConnectionSettings): NodeJS.ProcessEnv {
  return given({
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGSSLMODE: tls,
    PGAPPNAME: 'lockstep backup',
    PGCONNECT_TIMEOUT: '15',
    PGPASSWORD: password,
    PGOPTIONS: options,
  });
}

/** libpq takes a file only, and before version 16 does not know the machine's authorities. */
const needsAuthorityFile = ({ tls, tlsCa }: ConnectionSettings): boolean =>
  tls === 'verify-full' && (tlsCa === undefined || tlsCa.includes('-----BEGIN'));

function authority({ tls, tlsCa }: ConnectionSettings, folder: string | undefined): NodeJS.ProcessEnv {
  if (tls !== 'verify-full') return {};
  if (!folder) return { PGSSLROOTCERT: tlsCa };
  const file = path.join(folder, 'authorities.pem');
  writeFileSync(file, tlsCa ?? rootCertificates.join('\n'), { mode: 0o600 });
  return { PGSSLROOTCERT: file };
}
