import { createReadStream } from 'node:fs';
import path from 'node:path';
import { type BackedUpTable, type Backup, isSameTable, type TableName, tableName } from '../model/backup.ts';
import { restoreCommand } from '../model/command.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { given } from '../model/given.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { withConnection } from '../pg/connect.ts';
import { databaseError } from '../pg/script-query.ts';
import { qualified } from '../pg/sql-text.ts';
import { listUserTables } from '../pg/user-tables.ts';
import type { DumpPrograms } from './archive/program.ts';
import { restoreCopy } from './copy/restore-copy.ts';
import { findPgDump, versionsOf } from './dump/find-pg-dump.ts';
import { restoreDump } from './dump/restore-dump.ts';

export interface Restore extends Journey {
  readonly file: string;
  /** Name of the database that takes it. */
  readonly into: string;
  /** One table, `users` or `shop.users`. */
  readonly table?: string;
  /** The database's own name, typed by somebody who means it. */
  readonly overwrite?: string;
  readonly withoutOwners?: boolean;
}

/** Everything that is known before anything happens. */
export interface Restoring {
  readonly journey: Restore;
  readonly backup: Backup;
  /** Lead to the database that takes it. */
  readonly settings: ConnectionSettings;
  readonly table?: TableName;
}

export interface Restored {
  /** With the rows that the backup has of them. */
  readonly tables: readonly BackedUpTable[];
  readonly notes: readonly string[];
}

export async function restoreFile(restoring: Restoring): Promise<Restored> {
  await verifyTableGone(restoring);
  return restoring.backup.manifest.method === 'pg_dump' ? fromDump(restoring) : fromCopy(restoring);
}

async function fromDump({ journey, backup, settings, table }: Restoring): Promise<Restored> {
  const { manifest, folder } = backup;
  const programs = await programsFor(Number.parseInt(manifest.pgDumpVersion ?? '0', 10), journey.variables['PG_DUMP']);
  const wish = given({ table, withoutOwners: journey.withoutOwners });
  await restoreDump({ programs, settings, file: path.join(folder, manifest.file.name), signal: journey.interruption, ...wish });
  return { tables: manifest.tables.filter((one) => !table || isSameTable(one, table)), notes: [] };
}

async function fromCopy({ journey, backup, settings, table }: Restoring): Promise<Restored> {
  const { manifest, folder } = backup;
  const wish = given({ only: table && qualified(table.schema, table.name), withoutGrants: journey.withoutOwners });
  const { tables, present, notes } = await withConnection(settings, (client) =>
    restoreCopy(client, createReadStream(path.join(folder, manifest.file.name)), wish).catch((error: unknown) => {
      throw copyRefused(error) ?? error;
    }),
  );
  if (tables.length === 0) throw allThere(backup, settings.database, present);
  const kept = present.length > 0 ? [`left as they are, because they are there: ${present.join(', ')}`] : [];
  return { tables, notes: [...kept, ...notes.map((note) => `not restored: ${note}`)] };
}

function copyRefused(error: unknown): LockstepError | undefined {
  const said = databaseError(error);
  return (
    said &&
    new LockstepError({
      code: 'restore-failed',
      what: `The restore failed: ${said.message}`,
      detail: said.code ?? '',
      next: 'put that right and restore again; nothing was left behind',
      exitCode: 1,
      cause: error,
    })
  );
}

async function programsFor(major: number, configured: string | undefined): Promise<DumpPrograms> {
  const { usable, seen } = await findPgDump({ serverMajor: major, configured });
  if (usable) return usable;
  const found = versionsOf(seen);
  throw new LockstepError({
    code: 'pg-restore-too-old',
    what: `The backup was made by pg_dump ${major}; ${found ? `pg_restore is ${found}` : 'there is no pg_restore'}`,
    next: `apt-get install postgresql-client-${major}\nor point PG_DUMP at a pg_dump ${major} or newer that has its pg_restore beside it`,
  });
}

/** A table that is there may hold what came after the backup. */
async function verifyTableGone({ table, settings, backup }: Restoring): Promise<void> {
  if (!table) return;
  const found = await withConnection(settings, listUserTables);
  if (!found.some((one) => isSameTable(one, table))) return;
  throw new LockstepError({
    code: 'table-is-there',
    what: `${tableName(table)} is there already, and a restore never writes into a table that is; nothing was changed`,
    next: `${besideCommand(backup, settings.database)}   then copy the rows you want`,
    exitCode: 3,
  });
}

function allThere(backup: Backup, database: string, present: readonly string[]): LockstepError {
  return new LockstepError({
    code: 'tables-are-there',
    what: `Every table of this copy is there already in "${database}" (${present.slice(0, 5).join(', ')}), and a restore never writes into a table that is`,
    next: `${besideCommand(backup, database)}   then copy the rows you want`,
    exitCode: 3,
  });
}

const besideCommand = ({ folder }: Backup, database: string): string =>
  restoreCommand(path.relative(process.cwd(), folder), `${database}_restored`);
