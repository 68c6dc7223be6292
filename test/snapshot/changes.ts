import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { type Snapshot, takeSnapshotAgain } from '../../src/snapshot/take-snapshot.ts';
import { type WrittenSchema, writeSchema } from '../../src/snapshot/write-schema.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { sampleSize } from '../support/sample-size.ts';
import { seeded } from '../support/seeded.ts';

/** One property of a schema: what is there, what changes nothing but it, and the kinds and names that the difference consists of. */
export interface Change {
  readonly what: string;
  readonly setup?: string;
  readonly change: string;
  readonly names: readonly string[];
  /** The first major that has it. */
  readonly since?: number;
}

export const change = (what: string, [setup, change]: readonly [string, string], ...names: readonly string[]): Change => ({
  what,
  setup,
  change,
  names,
});
export const since = (major: number, ...changes: readonly Change[]): readonly Change[] => changes.map((one) => ({ ...one, since: major }));

// Files run side by side, and roles are the server's.
const ROLE = `snapshot_app_${process.pid}`;
const BASE = `CREATE ROLE app; CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, a text, b int);
  CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; CREATE FUNCTION s.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`;

const withRole = (sql: string): string => sql.replaceAll(/\bapp\b/g, ROLE);

/** Leaves nothing behind, whatever happens in it. */
export async function inTransaction(client: Client, body: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await body();
  } finally {
    await client.query('ROLLBACK');
  }
}

export async function expectNamed(client: Client, { setup = '', change: sql, names }: Change): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(withRole(BASE + setup));
    const before = await takeSnapshotAgain(client);
    await client.query(withRole(sql));
    const lines = compareSnapshots(before, await takeSnapshotAgain(client)).map((line) => line.replaceAll(ROLE, 'app'));
    const ofNone = lines.filter((line) => !names.some((name) => line.slice(2) === name || line.slice(2).startsWith(`${name}: `)));
    expect({ ofNone, unseen: names.filter((name) => !lines.some((line) => line.slice(2).startsWith(name))) }).toEqual({
      ofNone: [],
      unseen: [],
    });
  });
}

/** Made again from the SQL that is written of it, it is the same, but for what no statement makes. @returns what is not */
async function findUnwritten(client: Client, { what, setup = '', change: sql }: Change): Promise<readonly string[]> {
  let before: Snapshot = [];
  let written: WrittenSchema = { sql: '', unwritten: [] };
  await inTransaction(client, async () => {
    await client.query(withRole(BASE + setup));
    await client.query(withRole(sql));
    before = await takeSnapshotAgain(client);
    written = await writeSchema(client);
  });
  let lines: readonly string[] = [];
  await inTransaction(client, async () => {
    await client.query(withRole(`CREATE ROLE app ${/SUPERUSER/.test(setup + sql) ? 'SUPERUSER' : ''};`));
    await client.query(written.sql);
    lines = compareSnapshots(before, await takeSnapshotAgain(client));
  }).catch((error: Error) => {
    lines = [error.message];
  });
  return written.unwritten.length > 0 ? [] : lines.map((line) => `${what}: ${line}`);
}

/** A provider of labels is a library that its own test has. */
const isWritable = ({ what }: Change): boolean => !what.startsWith('a security label');

const CASES = sampleSize('SNAPSHOT_CASES', { everyday: 20, inCi: 1_000 });

/** A test for each that this major has, or for some of them, others every day. */
export function testChanges(of: string, changes: readonly Change[]): void {
  onOldestAndNewest(`a difference of ${of}`, ({ sharedDatabase, major }) => {
    const database = sharedDatabase();
    let connected: Promise<Client> | undefined;
    // One after another: a connection for each would be too many.
    const connect = (): Promise<Client> => {
      connected ??= database()
        .connect()
        .then(async (client) => {
          // Plans are made outside of a transaction.
          await takeSnapshotAgain(client);
          return client;
        });
      return connected;
    };
    test.each(sampleOf(changes.filter(({ since: first = 0 }) => first <= major)))('names $what', async (one) =>
      expectNamed(await connect(), one),
    );
    test('is written as SQL that makes it again', { timeout: 120_000 }, async () => {
      const client = await connect();
      const complaints: string[] = [];
      for (const one of sampleOf(changes.filter(({ since: first = 0 }) => first <= major).filter(isWritable)))
        complaints.push(...(await findUnwritten(client, one)));
      expect(complaints).toEqual([]);
    });
  });
}

/** Which ones is up to the day; each says its name. */
export function sampleOf<T>(all: readonly T[], size = CASES): readonly T[] {
  const random = seeded(Math.trunc(Date.now() / 86_400_000));
  return all
    .map((one) => [random(1_000_000), one] as const)
    .toSorted(([a], [b]) => a - b)
    .slice(0, size)
    .map(([, one]) => one);
}
