import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type BackedUpTable,
  type Backup,
  type BackupManifest,
  type DatabaseIdentity,
  isSameTable,
  type TableName,
  tableName,
} from '../../model/backup.ts';
import { listed } from '../../model/lockstep-error.ts';
import { isSameDatabase } from './store.ts';

export interface Expectation {
  readonly database: DatabaseIdentity;
  /** Older ones are stale. */
  readonly notBefore?: Date;
  /** Each must be in it; with this many rows where they were counted. */
  readonly tables: readonly (TableName & { readonly rows?: number })[];
}

/** What was found in the file itself. */
export interface ReadBack {
  readonly tables: readonly BackedUpTable[];
  /** The database's name and the time, as the dump's own head has them. */
  readonly database?: string;
  readonly at?: Date;
}

/** pg_dump's head tells whole seconds. */
const CLOCK_GRAIN_MS = 1_000;

/** What is wrong with what was read back; undefined when it is what was asked for. */
export function findMismatch(found: ReadBack, { database, notBefore, tables }: Expectation): string | undefined {
  if (found.database !== undefined && found.database !== database.name)
    return `it is a dump of database "${found.database}", not of "${database.name}"`;
  if (found.at && notBefore && found.at.getTime() + CLOCK_GRAIN_MS < notBefore.getTime())
    return `it is stale: it was made at ${found.at.toISOString()}, before this run began at ${notBefore.toISOString()}`;
  const missing = tables.filter((wish) => !found.tables.some((table) => isSameTable(table, wish)));
  if (missing.length > 0) return `it misses ${listed(missing.map(tableName), 5)}`;
  for (const wish of tables) {
    const table = found.tables.find((one) => isSameTable(one, wish));
    if (table && wish.rows !== undefined && table.rows !== wish.rows)
      return `it holds ${table.rows.toLocaleString('en')} rows of ${tableName(wish)}, which has ${wish.rows.toLocaleString('en')}`;
  }
  return undefined;
}

/** What is wrong with a backup on disk, by its manifest and its bytes; undefined when nothing is. Reads the whole file. */
export async function findDamage(backup: Backup, expectation?: Expectation): Promise<string | undefined> {
  const { manifest } = backup;
  if (expectation && !isSameDatabase(manifest.database, expectation.database))
    return `it is of database "${manifest.database.name}" on ${manifest.server.host}:${manifest.server.port}, not of "${expectation.database.name}" on this server`;
  if (expectation?.notBefore && Date.parse(manifest.at) < expectation.notBefore.getTime())
    return `it is stale: it was made at ${manifest.at}`;
  const bytes = await findDamagedBytes(backup.folder, manifest.file);
  return bytes ?? (expectation && findMismatch({ tables: manifest.tables }, expectation));
}

async function findDamagedBytes(folder: string, { name, bytes, sha256, storedBy }: BackupManifest['file']): Promise<string | undefined> {
  if (storedBy === 'command') return undefined;
  const file = path.join(folder, name);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return `${name} is missing`;
  if (found.size !== bytes) return `${name} has ${found.size.toLocaleString('en')} bytes instead of ${bytes.toLocaleString('en')}`;
  return (await hashFile(file)) === sha256 ? undefined : `${name} was changed: its SHA-256 is another one`;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
