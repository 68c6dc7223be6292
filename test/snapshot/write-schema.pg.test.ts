// The schemas of the transitions, written as SQL and made again from it.
import { existsSync } from 'node:fs';
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { queriesFor } from '../../src/snapshot/catalog-queries.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { UNMODELLED } from '../../src/snapshot/kinds/unmodelled.ts';
import { writersFor } from '../../src/snapshot/statements/read-statements.ts';
import { takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { type WrittenSchema, writeSchema } from '../../src/snapshot/write-schema.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { sampleSize } from '../support/sample-size.ts';
import { inTransaction, sampleOf } from './changes.ts';
import { SINCE, sqlOf, TRANSITIONS, transitionNames } from './transitions.ts';

const CASES = sampleSize('WRITTEN', { everyday: 10, inCi: 60 });

/** What no statement makes, and why. */
const NOT_EQUAL: Readonly<Record<string, string>> = {};

interface Roles {
  readonly name: string;
  readonly super: boolean;
}

const rolesOf = async (client: Client): Promise<readonly Roles[]> =>
  (await client.query<Roles>('SELECT rolname AS name, rolsuper AS super FROM pg_roles ORDER BY 1')).rows;

/** Roles are the server's: whoever makes the schema again has them already. */
async function makeRoles(client: Client, roles: readonly Roles[]): Promise<void> {
  for (const { name, super: isSuper } of roles) await client.query(`CREATE ROLE "${name}" ${isSuper ? 'SUPERUSER' : ''}`);
}

async function complaintAbout(client: Client, what: string, sql: string): Promise<string | undefined> {
  const before = new Set((await rolesOf(client)).map(({ name }) => name));
  let snapshot: Awaited<ReturnType<typeof takeSnapshot>> = [];
  let written: WrittenSchema = { sql: '', unwritten: [] };
  let roles: readonly Roles[] = [];
  await inTransaction(client, async () => {
    await client.query(sql);
    snapshot = await takeSnapshot(client);
    written = await writeSchema(client);
    roles = (await rolesOf(client)).filter(({ name }) => !before.has(name));
  });
  let lines: readonly string[] = [];
  await inTransaction(client, async () => {
    await makeRoles(client, roles);
    await client.query(written.sql);
    lines = compareSnapshots(snapshot, await takeSnapshot(client));
    const again = await writeSchema(client);
    if (again.sql !== written.sql) lines = [...lines, 'written again it is another text'];
  });
  return lines.length === 0 ? undefined : `${what}: ${lines.join(' | ')}`;
}

onOldestAndNewest('a schema that is written as SQL', ({ sharedDatabase, freshDatabase, major }) => {
  const database = sharedDatabase();

  test.skipIf(!existsSync(TRANSITIONS) && !process.env['CI'])(
    'is made again from it, and written as the same text',
    { timeout: 600_000 },
    async () => {
      const chosen = sampleOf(
        transitionNames().filter((name) => (SINCE[name] ?? 0) <= major),
        CASES,
      );
      const client = await database().connect();
      const complaints: string[] = [];
      for (const name of chosen)
        for (const side of ['a', 'b'] as const) {
          const what = `${name} ${side}`;
          const complaint = await complaintAbout(client, what, sqlOf(name, side)).catch((error: Error) => `${what}: ${error.message}`);
          if ((complaint === undefined) === (NOT_EQUAL[what] !== undefined)) complaints.push(complaint ?? `${what}: is equal now`);
        }
      expect(complaints.toSorted()).toEqual([]);
    },
  );

  test('has statements for every kind that a picture has', () => {
    // These are parts of what their tables say, or of what is written in the place of theirs.
    const parts: Readonly<Record<string, string>> = { column: 'table', constraint: 'key', tablespace: 'table', [UNMODELLED]: 'table' };
    const writers = Object.keys(writersFor(major));
    expect(Object.keys(queriesFor(major)).filter((kind) => !writers.includes(parts[kind] ?? kind))).toEqual([]);
  });

  test('is the same text whatever it was made in, and names what no statement makes', async () => {
    const [one, other] = [await freshDatabase(), await freshDatabase()];
    const made = async (target: typeof one, statements: readonly string[]) => {
      const client = await target.connect();
      for (const statement of statements) await client.query(statement);
      return writeSchema(client);
    };
    const tables = ['CREATE TABLE b (id int PRIMARY KEY)', 'CREATE TABLE a (id int PRIMARY KEY)'];
    const key = 'ALTER TABLE b ADD COLUMN a int REFERENCES a';
    const first = await made(one, [...tables, key]);
    expect(first.sql).toBe((await made(other, [...tables.toReversed(), key])).sql);
    expect(first.sql).toMatchInlineSnapshot(`
      "SET search_path = pg_catalog;
      SET check_function_bodies = off;

      CREATE TABLE public.a (
        id integer NOT NULL
      );

      CREATE TABLE public.b (
        id integer NOT NULL,
        a integer
      );

      ALTER TABLE ONLY public.a ADD CONSTRAINT a_pkey PRIMARY KEY (id);

      ALTER TABLE ONLY public.b ADD CONSTRAINT b_pkey PRIMARY KEY (id);

      ALTER TABLE public.b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES public.a(id);

      RESET search_path;
      RESET check_function_bodies;
      "
    `);
    const client = await one.connect();
    await client.query('INSERT INTO a VALUES (1), (2); ALTER TABLE a ADD COLUMN v int DEFAULT 1');
    await expect(client.query('CREATE UNIQUE INDEX CONCURRENTLY broken ON a (v)')).rejects.toThrow('could not create unique index');
    const { sql, unwritten } = await writeSchema(client);
    expect(unwritten).toEqual(['index public.broken']);
    expect(sql).toContain('-- Not written, there is no statement for it: index public.broken\n');
  });
});
