// Names may hold anything but a NUL byte; settings of a role change how its own rows read.
import { expect, test } from 'vitest';
import type { BackupPolicy } from '../../src/model/policy.ts';
import { onServer, type ServerUnderTest } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { createBackupProject, DUMPABLE } from './backup-project.ts';

const ODD = ['"new\nline"', '"cr\rlf\r\n(x) FROM stdin;"', '"COPY a.b (c) FROM stdin;\nCOPY x.y"', '"tab\tquote""d"', '"--\n\\."'];

function odd(method: BackupPolicy['method'], { freshDatabase }: ServerUnderTest): void {
  test('names with line breaks are backed up and come back', async () => {
    const database = await freshDatabase();
    const make = `CREATE SCHEMA "s\nx"; CREATE TYPE "t\ny" AS ENUM ('a\nb');
      ${ODD.map((name) => `CREATE TABLE "s\nx".${name} ("c\nd" "t\ny", n int[]); INSERT INTO "s\nx".${name} VALUES (E'a\\nb', ARRAY[1, NULL]);`).join('\n')}`;
    await database.query(make);
    const project = await createBackupProject(database, { method }, pair('002_drop', 'DROP SCHEMA "s\nx" CASCADE;', 'SELECT 1;'));
    const { folder } = await project.backUp();
    expect((await project.apply()).exitCode).toBe(0);
    const into = `${database.database}_odd`;
    await project.restore({ file: folder, into });
    const restored = { ...database, database: into };
    const { default: pg } = await import('pg');
    const client = new pg.Client(restored);
    await client.connect();
    try {
      for (const name of ODD)
        expect((await client.query(`SELECT count(*)::int AS n FROM "s\nx".${name} WHERE n[2] IS NULL`)).rows).toEqual([{ n: 1 }]);
    } finally {
      await client.end();
      await database.query(`DROP DATABASE IF EXISTS "${into}" WITH (FORCE)`);
    }
  });

  test.each([
    'array_nulls = off',
    'quote_all_identifiers = on',
    "IntervalStyle = 'sql_standard'",
    "DateStyle = 'SQL, DMY'",
    "xmloption = 'document'",
  ])('%s changes nothing of what is brought back', async (setting) => {
    const database = await freshDatabase();
    await database.query(`CREATE TABLE k (n int[], t text[], i interval, d date, s text);
        INSERT INTO k VALUES (ARRAY[1, NULL], ARRAY['NULL', NULL], '-1 day 2:03', '2024-02-01', 'x');`);
    await database.query(`ALTER DATABASE ${database.database} SET ${setting}`);
    const project = await createBackupProject(database, { method }, pair('002_drop', 'DROP TABLE k;', 'SELECT 1;'));
    const before = await database.query("SELECT to_jsonb(k) - 'd' AS k, d - date '2024-01-01' AS d FROM k");
    const { folder } = await project.backUp();
    expect((await project.apply()).exitCode).toBe(0);
    await project.restore({ file: folder, into: database.database, table: 'k', overwrite: database.database });
    expect(await database.query("SELECT to_jsonb(k) - 'd' AS k, d - date '2024-01-01' AS d FROM k")).toEqual(before);
  });
}

onServer('newest', 'a copy of odd names', (server) => odd('copy', server));
onServer(DUMPABLE, 'a dump of odd names', (server) => odd('pg_dump', server));
