import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Variables } from './read-environment.ts';
import { homeFolder } from './user.ts';

/** Whose password is looked for. */
type Login = Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>;

/** The password that PostgreSQL's own password file has for a login; one that others may read is passed over, as psql does (manual: libpq-pgpass). */
export function findInPasswordFile({ host, port, database, user }: Login, variables: Variables): string | undefined {
  const wanted = [host.startsWith('/') ? ['localhost', host] : [host], [String(port)], [database], [user]];
  for (const line of readLines(variables['PGPASSFILE'] || defaultFile(variables))) {
    const fields = fieldsOf(line);
    const isMatch = wanted.every((names, i) => fields[i] === '*' || names.includes(withoutEscapes(fields[i] ?? '')));
    if (isMatch && fields[4] !== undefined) return withoutEscapes(fields[4]);
  }
  return undefined;
}

const defaultFile = (variables: Variables): string =>
  process.platform === 'win32' ? path.join(variables['APPDATA'] ?? '', 'postgresql', 'pgpass.conf') : path.join(homeFolder(), '.pgpass');

const OF_OTHERS = 0o077;

function readLines(file: string): readonly string[] {
  try {
    const found = statSync(file);
    if (!found.isFile() || (process.platform !== 'win32' && (found.mode & OF_OTHERS) !== 0)) return [];
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'));
  } catch {
    return [];
  }
}

/** The four that tell whose it is, and the password; a colon or backslash in one of them stands behind a backslash. */
const fieldsOf = (line: string): readonly string[] => line.match(/(?:\\.|[^:\\])+/g) ?? [];

const withoutEscapes = (field: string): string => field.replaceAll(/\\(.)/g, '$1');
