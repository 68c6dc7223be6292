import { createReadStream } from 'node:fs';
import type { Client } from 'pg';
import { withScratchServer } from '../dev-server/scratch-server.ts';
import { type BackedUpTable, tableName } from '../model/backup.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { withConnection, withMaintenance } from '../pg/connect.ts';
import { createMissingRoles } from '../pg/roles.ts';
import { compareSnapshots } from '../snapshot/compare-snapshots.ts';
import { type Snapshot, type SnapshotLine, takeSnapshot } from '../snapshot/take-snapshot.ts';
import { proofRefusal } from './archive/refusals.ts';
import { digestRows, STEADY_VALUES } from './backup-session.ts';
import { restoreCopy } from './copy/restore-copy.ts';
import { restoreDump } from './dump/restore-dump.ts';
import type { Making } from './make-backup.ts';

type RestoreProof = Pick<Making, 'session' | 'programs' | 'destination' | 'signal' | 'root'>;

/**
 * Restores a backup into an embedded server of its own and compares schema and rows with the snapshot it was taken in.
 * @throws LockstepError (exit 3) with what differs
 */
export async function proveByRestore(proof: RestoreProof, tables: readonly BackedUpTable[]): Promise<void> {
  await withScratchServer(proof.root, async (server) => {
    const settings = { ...server, database: 'proof', schema: 'public', schemaIsChosen: false, tls: 'disable', embedded: false } as const;
    await withMaintenance(settings, async (client) => {
      await createMissingRoles(proof.session.client, client);
      await client.query('CREATE DATABASE proof TEMPLATE template0');
    });
    await restoreInto(settings, proof).catch((error: unknown) => {
      throw proofRefusal(`it cannot be restored: ${(error as Error).message.split('\n')[0]}`, error);
    });
    await withConnection(settings, (client) => compare(proof, client, tables));
  });
}

async function restoreInto(settings: ConnectionSettings, { programs, destination, signal }: RestoreProof): Promise<void> {
  const { file } = destination;
  if (programs) return restoreDump({ programs, file, settings, signal });
  await withConnection(settings, (client) => restoreCopy(client, createReadStream(file)));
}

async function compare({ session, programs }: RestoreProof, restored: Client, tables: readonly BackedUpTable[]): Promise<void> {
  const [before, after] = [await takeSnapshot(session.client), await takeSnapshot(restored)];
  const normal = (snapshot: Snapshot): Snapshot => steady(programs ? snapshot : ofTables(snapshot, tables));
  const differences = compareSnapshots(normal(before), normal(after));
  if (differences.length > 0) throw proofRefusal(`restored, its schema differs: ${differences.slice(0, 3).join(' | ')}`);
  await restored.query(`BEGIN READ ONLY; ${STEADY_VALUES}`);
  for (const table of tables) {
    const [one, other] = await Promise.all([digestRows(session.client, table), digestRows(restored, table)]);
    if (one !== other) throw proofRefusal(`restored, ${tableName(table)} has other rows (${one} and ${other})`);
  }
  await restored.query('ROLLBACK');
}

// What is the database's own is in no dump (manual: app-pgdump, --create), the schema public is another one on each major, and a
// subscription that was restored waits until somebody enables it.
const isInDumps = ({ kind, name }: SnapshotLine): boolean =>
  kind !== 'setting' &&
  kind !== 'subscription' &&
  name !== 'database' &&
  name !== 'schema public' &&
  !(kind === 'schema' && name === 'public');

// Two majors print the same thing in two ways. From 17 on "all privileges" are one more, which an older server's dump grants without having it;
// until 15 a column is printed with its table even where there is no other.
const steady = (snapshot: Snapshot): Snapshot =>
  snapshot
    .filter(isInDumps)
    .map((line) => ({ ...line, definition: steadyDefinition(line) }))
    .filter(({ kind, definition }) => kind !== 'grant' || !definition.endsWith(': '));

function steadyDefinition({ kind, definition }: SnapshotLine): string {
  if (kind === 'grant' || kind === 'default privilege') return withoutMaintain(definition);
  return kind === 'view' || kind === 'rule' ? definition.replace(/\b\w+\.(?=["\w])/g, '') : definition;
}

const withoutMaintain = (privileges: string): string => privileges.replace(/(, )?MAINTAIN( WITH GRANT OPTION)?/, '').replace(/: , /, ': ');

// A copy goes to servers that have neither the place nor who gives out the labels.
const NOT_OF_COPIES = ['tablespace', 'security label'];

/** A copy holds tables with rows; a foreign key to a table that it does not hold cannot be there, nor be switched off. */
const isInCopies = ({ kind, definition }: SnapshotLine): boolean =>
  !NOT_OF_COPIES.includes(kind) &&
  !(kind === 'constraint' && definition.startsWith('FOREIGN KEY')) &&
  !(kind === 'trigger' && definition.startsWith('enforcement')) &&
  // What its owner has taken from himself.
  !(kind === 'grant' && definition.startsWith('from '));

/** A child is made with its columns before it is put in its place. */
const ofTables = (snapshot: Snapshot, tables: readonly BackedUpTable[]): Snapshot =>
  snapshot
    .filter((line) => isInCopies(line) && tables.some((held) => tableName(held) === line.table))
    .map((line) => ({ ...line, definition: line.definition.replace(/ inherited( and its own)?$/, '') }));
