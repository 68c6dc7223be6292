import { expect, test } from 'vitest';
import { checksumOf } from '../../src/files/read-source.ts';
import { fixFile } from '../../src/lint/fix-file.ts';
import { lintFile } from '../../src/lint/lint-file.ts';
import { RULES } from '../../src/lint/rules.ts';
import { Schema } from '../../src/lint/schema/schema.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { isAbout, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, up } from '../support/project.ts';

const fileOf = (text: string) => ({ path: up('002_change'), text, checksum: checksumOf(text) });
const NONE = { baseline: new Set<string>(), today: '2026-11-30' };

async function fixed(given: string, text: string, major?: number) {
  const schema = new Schema();
  await lintFile({ file: fileOf(given), migration: '001_given', direction: 'up', schema });
  schema.isPending = true;
  const task = { file: fileOf(text), migration: '002_change', direction: 'up' as const, schema, ...(major !== undefined && { major }) };
  return fixFile(task, NONE);
}

/** The schema after both, applied by the executor, with rows in the tables. */
async function schemaAfter(database: TestDatabase, given: string, text: string) {
  const project = await createProject(database, { [up('001_given')]: given, [up('002_change')]: text });
  const ran = await project.apply();
  if (ran.exitCode !== 0) throw new Error(`${ran.screen}\n${text}`);
  const client = await database.connect();
  const snapshot = (await takeSnapshot(client)).filter((line) => !isAbout(line, (name) => name.includes('schema_migrations')));
  await client.end();
  return snapshot;
}

interface Case {
  readonly name: string;
  readonly given: string;
  readonly bad: string;
  /** As it is. */
  readonly fails?: boolean;
}

const USERS =
  "CREATE TABLE plans (id bigint PRIMARY KEY);\nINSERT INTO plans VALUES (1);\nCREATE TABLE users (id bigint PRIMARY KEY, plan_id bigint, email text, age integer);\nINSERT INTO users SELECT i, 1, i || '@x', i FROM generate_series(1, 20) i;";

const cases: readonly Case[] = [
  { name: 'an index', given: USERS, bad: 'CREATE INDEX users_email ON users (lower(email)) WHERE age > 3;' },
  {
    name: 'a unique index with names in quotes',
    given: 'CREATE TABLE "My Users" ("E mail" text);',
    bad: 'CREATE UNIQUE INDEX "By Mail" ON "My Users" ("E mail");',
  },
  {
    name: 'a foreign key without a name',
    given: USERS,
    bad: 'ALTER TABLE users ADD FOREIGN KEY (plan_id) REFERENCES plans ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;',
  },
  {
    name: 'a unique constraint that is deferrable, with a comment',
    given: USERS,
    bad: "ALTER TABLE users ADD UNIQUE (email) DEFERRABLE;\nCOMMENT ON CONSTRAINT users_email_key ON users IS 'one each';",
  },
  { name: 'NOT NULL', given: USERS, bad: 'ALTER TABLE users ALTER COLUMN email SET NOT NULL;' },
  {
    name: 'a column with all there is',
    given: USERS,
    bad: "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid() NOT NULL, ADD COLUMN kind text DEFAULT 'a' CHECK (kind <> ''), ADD COLUMN other integer;",
  },
  {
    name: 'a CHECK in BEGIN and COMMIT',
    given: USERS,
    bad: '-- Description: ages\nBEGIN;\n\nALTER TABLE users ADD CHECK (age > 0);   -- people\n\nCOMMIT;\n',
  },
  { name: 'a CHECK over two columns', given: USERS, bad: 'ALTER TABLE users ADD CHECK (age > 0 OR email IS NULL);' },
  {
    name: 'a primary key',
    given: "CREATE TABLE t (a bigint, b text);\nINSERT INTO t VALUES (1, 'x');",
    bad: 'ALTER TABLE t ADD PRIMARY KEY (a, b);',
  },
  { name: 'a dropped index', given: `${USERS}\nCREATE INDEX i ON users (age);\nCREATE INDEX j ON users (email);`, bad: 'DROP INDEX i, j;' },
  {
    name: 'a partition',
    given:
      "CREATE TABLE events (id bigint, at date NOT NULL CHECK (at > '2000-01-01'), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);\nCREATE INDEX ON events (at);",
    bad: "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
  },
  {
    name: 'several at once',
    given: USERS,
    bad: 'ALTER TABLE users ADD COLUMN a int, ADD CONSTRAINT c CHECK (age > 0), ALTER COLUMN email SET NOT NULL, ADD COLUMN b int;\nCREATE INDEX ON users (age);\nUPDATE users SET a = 1 WHERE a IS NULL;\nALTER TABLE plans ADD COLUMN x int;',
  },
  {
    name: 'statements on one line',
    given: USERS,
    bad: "ALTER TABLE plans ADD COLUMN x int; ALTER TABLE users ADD CHECK (age > 0); COMMENT ON TABLE users IS 'x';",
  },
  { name: 'a file with CRLF', given: USERS, bad: '-- é\r\nALTER TABLE users\r\n  ADD CONSTRAINT c\r\n  CHECK (age > 0);\r\n' },
];

onOldestAndNewest('fixes', ({ freshDatabase, major }) => {
  const own = RULES.filter(
    ({ since = 0, until = 99, id }) => major >= since && major <= until && !['rename-table', 'needs-newer-server'].includes(id),
  ).map(
    (rule): Case => ({ name: `what ${rule.id} calls bad`, given: rule.given ?? '', bad: rule.bad, fails: rule.class === 'runtime-error' }),
  );
  test.each([...cases, ...own])('make the same schema: $name', async ({ given, bad, fails }) => {
    const { text, open } = await fixed(given, bad, major);
    expect(open.filter(({ fix }) => fix)).toEqual([]);
    if (text === bad) return;
    expect((await fixed(given, text, major)).text).toBe(text);
    const after = await schemaAfter(await freshDatabase(), given, text);
    if (!fails) expect(compareSnapshots(await schemaAfter(await freshDatabase(), given, bad), after), text).toEqual([]);
  });

  test.each([
    ['DEFERRABLE', (text: string) => text.replace(' DEFERRABLE', '')],
    ['VALID', (text: string) => text.replace(/-- part: transaction\nALTER TABLE users VALIDATE[^;]*;?/, '')],
    ['a comment', (text: string) => text.replace(/COMMENT ON[^;]*;/, '')],
  ])('that lose %s are told from those that do not', async (_, spoil) => {
    const bad =
      "ALTER TABLE users ADD CONSTRAINT k UNIQUE (email) DEFERRABLE, ADD CONSTRAINT c CHECK (age > 0);\nCOMMENT ON CONSTRAINT k ON users IS 'one each';";
    const { text } = await fixed(USERS, bad, major);
    expect(spoil(text)).not.toBe(text);
    const [before, after] = [
      await schemaAfter(await freshDatabase(), USERS, bad),
      await schemaAfter(await freshDatabase(), USERS, spoil(text)),
    ];
    expect(compareSnapshots(before, after)).not.toEqual([]);
  });
});
