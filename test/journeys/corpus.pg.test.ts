import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { corpus } from '../../corpus/corpus.ts';
import { type CorpusReport, isOursAlone } from '../../corpus/model.ts';
import { corpusText } from '../../corpus/report.ts';
import { defineProject } from '../../src/environment/define-project.ts';
import { createCheckout } from '../support/checkout.ts';
import { onOldestAndNewest, onServer, type TestDatabase } from '../support/database.ts';
import { refusalOf, steady, type Tree, variablesOf } from '../support/project.ts';

async function writeFolder(tree: Tree): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-pairs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(tree)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  }
  return folder;
}

async function run(database: TestDatabase, tree: Tree, variables: Record<string, string> = {}): Promise<CorpusReport> {
  const folder = await writeFolder(tree);
  const journey = {
    project: defineProject({ root: folder }),
    variables: { ...variablesOf(database), ...variables },
    emit: () => undefined,
    interruption: new AbortController().signal,
  };
  return corpus(journey, folder);
}

const pairsOf = ({ entries }: CorpusReport) => entries.map(({ direction, pair, result }) => `${direction} ${pair.name}: ${result.kind}`);

const DONE = ['up 9_a: done', 'up 10_b: done', 'down 10_b: done', 'down 9_a: done'];

onOldestAndNewest('corpus', ({ freshDatabase }) => {
  test('reads the layout of golang-migrate, by number', async () => {
    const report = await run(await freshDatabase(), {
      '10_b.up.sql': 'CREATE TABLE b (a int REFERENCES a);',
      '10_b.down.sql': 'DROP TABLE b;',
      '9_a.up.sql': 'CREATE TABLE a (id int PRIMARY KEY);',
      '9_a.down.sql': 'DROP TABLE a;',
      '11_c.up.go': 'package migrations',
    });
    expect(pairsOf(report)).toEqual(DONE);
    expect(report.corpus.leftOut).toEqual(['11_c.up.go']);
  });

  test('reads the layout of diesel, by the digits of its dates', async () => {
    const report = await run(await freshDatabase(), {
      '2019-02-26-002946_create_user/up.sql': 'CREATE TABLE "user" (id int PRIMARY KEY);',
      '2019-02-26-002946_create_user/down.sql': 'DROP TABLE "user";',
      '20190301000000_create-post/up.sql': 'CREATE TABLE post (by int REFERENCES "user");',
      '20190301000000_create-post/down.sql': 'DROP TABLE post;',
      '00000000000000_diesel_initial_setup/up.sql': 'CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;',
      '00000000000000_diesel_initial_setup/down.sql': 'DROP FUNCTION one();',
    });
    expect(pairsOf(report)).toEqual([
      'up 00000000000000_diesel_initial_setup: done',
      'up 2019-02-26-002946_create_user: done',
      'up 20190301000000_create-post: done',
      'down 20190301000000_create-post: done',
      'down 2019-02-26-002946_create_user: done',
      'down 00000000000000_diesel_initial_setup: done',
    ]);
  });

  test.each(['', 'db/migrations/'])('reads our own layout in "%s"', async (prefix) => {
    const report = await run(await freshDatabase(), {
      [`${prefix}10_b.sql`]: 'CREATE TABLE b (a int REFERENCES a);',
      [`${prefix}rollbacks/10_b.sql`]: 'DROP TABLE b;',
      [`${prefix}9_a.sql`]: 'CREATE TABLE a (id int PRIMARY KEY);',
      [`${prefix}rollbacks/9_a.sql`]: 'DROP TABLE a;',
    });
    expect(pairsOf(report)).toEqual(DONE);
  });

  test('shows every refusal beside the answer of plain pg, and goes on', async () => {
    const database = await freshDatabase();
    const report = await run(database, {
      '1_a.up.sql': 'CREATE TABLE a (id int);',
      '1_a.down.sql': 'DROP TABLE a;',
      '2_bad_type.up.sql': 'CREATE TABLE b (id nope);',
      '2_bad_type.down.sql': 'DROP TABLE b;',
      '3_two_blocks.up.sql': 'BEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\nBEGIN;\nCREATE TABLE d (id int);\nCOMMIT;\n',
      '3_two_blocks.down.sql': 'DROP TABLE c, d;',
      '4_needs_c.up.sql': 'ALTER TABLE c ADD COLUMN x int;',
      '4_needs_c.down.sql': 'ALTER TABLE c DROP COLUMN x;',
      '5_no_down.up.sql': 'CREATE TABLE e (id int);',
      '6_enum.up.sql': "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE f (m mood);",
      '6_enum.down.sql': 'DROP TABLE f; DROP TYPE mood;',
      '7_value.up.sql': "ALTER TYPE mood ADD VALUE 'b'; INSERT INTO f VALUES ('b');",
      '7_value.down.sql': 'DELETE FROM f WHERE no_such;',
    });
    expect(
      steady(corpusText(report))
        .replace(report.corpus.folder, 'FOLDER')
        .replaceAll(/ +in [\d,]+ ms| {3}\(asked in .*\)/g, ''),
    ).toMatchInlineSnapshot(`
      "7 pairs in FOLDER, PostgreSQL VERSION on HOST:PORT

      Refused by us only: 1
        up   3_two_blocks.up.sql:3:1
               own-transactions   COMMIT in the middle of a migration would break up its transaction
               plain pg accepts it

      Refused by PostgreSQL too: 3
        up   2_bad_type.up.sql:1:20
               42704   it failed: type "nope" does not exist; nothing of it was kept
               same error from plain pg: 42704 type "nope" does not exist
        up   4_needs_c.up.sql:1:1
               42P01   it failed: relation "c" does not exist; nothing of it was kept
               same error from plain pg: 42P01 relation "c" does not exist
        down 7_value.down.sql:1:21
               42703   it failed: column "no_such" does not exist; nothing of it was kept
               same error from plain pg: 42703 column "no_such" does not exist

      Done by us, and refused by plain pg as one text: 1
        up   7_value.up.sql   plain pg: 55P04 unsafe use of new value "b" of enum type mood

      No rollback: 1
        5_no_down

      Rollback not run, as its up was refused: 3
        4_needs_c
        3_two_blocks
        2_bad_type

      pairs found                     7
      applied                         4   in DURATION
      rolled back                     2   in DURATION
      no rollback                     1
      rollback not run                3
      refused by us only              1
      refused by PostgreSQL too       3
      refused by plain pg only        1
      "
    `);
    expect(await database.query("select datname from pg_database where datname like 'lockstep_corpus%'")).toEqual([]);
  });

  test('keeps what plain pg refuses, a transaction that a file leaves open, and its settings away from the next file', async () => {
    const report = await run(await freshDatabase(), {
      '1_open.up.sql': 'BEGIN;\nCREATE TABLE a (id int);',
      '2_settings.up.sql': "SET search_path = pg_catalog; SET statement_timeout = '1h';",
      '3_a.up.sql': 'CREATE TABLE a (id int);',
      '4_part.up.sql': 'CREATE INDEX CONCURRENTLY i ON a (id);\nCREATE INDEX CONCURRENTLY j ON a (id);',
      '5_both.up.sql': 'DROP INDEX i; DROP INDEX j; DROP TABLE public.a;',
    });
    expect(report.entries.flatMap(({ result, plain }) => (plain ? [[result.kind, plain]] : []))).toEqual([
      ['refused', { accepts: true, leavesOpen: true }],
      ['done', { accepts: true, leavesOpen: false }],
      ['done', { accepts: true, leavesOpen: false }],
      ['done', expect.objectContaining({ accepts: false, sqlstate: '25001' })],
      ['done', { accepts: true, leavesOpen: false }],
    ]);
    expect(report.diverged).toEqual([]);
    expect(report.entries.filter(isOursAlone).map(({ pair }) => pair.name)).toEqual(['1_open']);
  });

  test('tells which roles the files left on the server', async () => {
    const database = await freshDatabase();
    const role = database.database;
    onTestFinished(async () => void (await database.query(`DROP ROLE IF EXISTS ${role}`)));
    const report = await run(database, { '1_role.up.sql': `CREATE ROLE ${role};` });
    expect(report.leftOnServer).toEqual([`role ${role}`]);
  });
});

onServer('newest', 'corpus', ({ freshDatabase }) => {
  test('refuses a folder without migrations, and a server that is not for this', async () => {
    const database = await freshDatabase();
    expect((await refusalOf(run(database, { 'README.md': '' }))).split('\n')[0]).toMatch(/holds no migrations$/);
    const production = run(database, { '1_a.sql': 'SELECT 1;' }, { MIGRATE_ENV: 'production' });
    expect(await refusalOf(production)).toMatchInlineSnapshot(`
      "Files of other projects do not run on the production server: some make roles, or change the server's settings
        Next: MIGRATE_ENV=test npm run corpus -- FOLDER   with DB_HOST of a server that may be thrown away, or with nothing configured: the embedded one"
    `);
  });

  test('the command exits 0 when everything that plain pg takes was applied and rolled back, 1 when a file is refused by us only', async () => {
    const database = await freshDatabase();
    const checkout = await createCheckout(database);
    const good = await writeFolder({ '1_a.up.sql': 'CREATE TABLE a (id int);', '1_a.down.sql': 'DROP TABLE a;', '2_b.up.sql': 'nonsense' });
    const bad = await writeFolder({ '1_a.up.sql': 'COMMIT;' });
    const [done, refused] = [await checkout.ours(['corpus', good]), await checkout.ours(['corpus', bad])];
    expect([done.code, done.stderr, refused.code]).toEqual([0, '', 1]);
    expect(done.stdout).toMatch(/^applied +1 /m);
    expect(refused.stdout).toMatch(/^refused by us only +1$/m);
  });
});
