import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, type Tree, up } from '../support/project.ts';
import { answerOf, applyTo, paste } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');
const TABLE_B = 'CREATE TABLE b (\n  id int\n);\n';
const utf8 = (text: string): number[] => [...Buffer.from(text)];

onServer('newest', 'texts', ({ freshDatabase }) => {
  const applySecond = async (content: string | Uint8Array): Promise<string> =>
    applyTo(await freshDatabase(), { ...FIRST, [up('002_b')]: content });

  const checksumsOf = async (tree: Tree): Promise<readonly unknown[]> => {
    const database = await freshDatabase();
    const project = await createProject(database, tree);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await isThere(database, 'b')).toBe(true);
    return database.query('select checksum from schema_migrations');
  };

  test('an empty file is refused', async () => {
    expect(await applySecond('')).toMatchInlineSnapshot(`
      "exit 2
      This SQL file is empty
        db/migrations/002_b.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });

  test('a file of white space is refused', async () => {
    expect(await applySecond(' \n\t\n')).toMatchInlineSnapshot(`
      "exit 2
      This SQL file is empty
        db/migrations/002_b.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });

  test('a file of comments is refused', async () => {
    expect(await applySecond('-- nothing yet\n/* really */\n')).toMatchInlineSnapshot(`
      "exit 2
      This SQL file holds only comments, no statement
        db/migrations/002_b.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });

  test('a file of BEGIN and COMMIT, as migrate:make writes it, is refused', async () => {
    expect(await applySecond('BEGIN;\n\n-- Write the change here.\n\nCOMMIT;\n')).toMatchInlineSnapshot(`
      "exit 2
      This SQL file holds only BEGIN and COMMIT, no statement
        db/migrations/002_b.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });

  test('a byte order mark is dropped, and does not count', async () => {
    const plain = await checksumsOf({ [up('001_b')]: TABLE_B });
    expect(await checksumsOf({ [up('001_b')]: `\uFEFF${TABLE_B}` })).toEqual(plain);
  });

  test('CRLF and CR line ends work, and have the checksum of LF', async () => {
    const text = `-- makes b\n${TABLE_B}`;
    const plain = await checksumsOf({ [up('001_b')]: text });
    expect(await checksumsOf({ [up('001_b')]: text.replaceAll('\n', '\r\n') })).toEqual(plain);
    expect(await checksumsOf({ [up('001_b')]: text.replaceAll('\n', '\r') })).toEqual(plain);
  });

  test('a checkout with CRLF of a file that was applied with LF is no edit', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { [up('001_b')]: TABLE_B });
    await project.apply();
    await project.write({ [up('001_b')]: TABLE_B.replaceAll('\n', '\r\n') });
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 0
      Nothing to apply (test: DATABASE on HOST:PORT, PostgreSQL VERSION)
      "
    `);
  });

  test('places count lines that end in CR, and in CRLF', async () => {
    expect(await applySecond('-- one\r-- two\rSELEC 1;')).toMatchInlineSnapshot(`
      "exit 2
      Syntax error at or near "SELEC"
        db/migrations/002_b.sql:3:1
        3 │ SELEC 1;
          │ ^
        Next: correct the statement and run the command again"
    `);
    expect(await applySecond('-- one\r\n-- two\r\n  SELEC 1;\r\n')).toMatchInlineSnapshot(`
      "exit 2
      Syntax error at or near "SELEC"
        db/migrations/002_b.sql:3:3
        3 │   SELEC 1;
          │   ^
        Next: correct the statement and run the command again"
    `);
  });

  test('UTF-16 is refused, with the command that converts it', async () => {
    const database = await freshDatabase();
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(TABLE_B, 'utf16le')]);
    const project = await createProject(database, { ...FIRST, [up('002_b')]: bytes });
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_b.sql is UTF-16, and PostgreSQL reads UTF-8
        db/migrations/002_b.sql
        Next: iconv -f UTF-16 -t UTF-8 db/migrations/002_b.sql > db/migrations/002_b.sql.utf8 && mv db/migrations/002_b.sql.utf8 db/migrations/002_b.sql"
    `);
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a', '002_b']);
  });

  test('UTF-16 in the other byte order is refused', async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(TABLE_B, 'utf16le')]).swap16();
    expect(await applySecond(bytes)).toContain('db/migrations/002_b.sql is UTF-16, and PostgreSQL reads UTF-8');
  });

  test('invalid UTF-8 is refused at its place, with the command that converts it', async () => {
    const database = await freshDatabase();
    const bytes = new Uint8Array([...utf8("CREATE TABLE b (\n\tname text DEFAULT '漢😀"), 0xfc, ...utf8("'\n);\n")]);
    const project = await createProject(database, { ...FIRST, [up('002_b')]: bytes });
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_b.sql is not valid UTF-8
        db/migrations/002_b.sql:2:23
        Next: iconv -f WINDOWS-1252 -t UTF-8 db/migrations/002_b.sql > db/migrations/002_b.sql.utf8 && mv db/migrations/002_b.sql.utf8 db/migrations/002_b.sql   if it was written in Windows-1252"
    `);
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a character that the end of the file cuts off is refused at its place', async () => {
    expect(await applySecond(new Uint8Array([...utf8('SELECT 1;\n-- 漢'), 0xf0, 0x9f]))).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_b.sql is not valid UTF-8
        db/migrations/002_b.sql:2:5
        Next: iconv -f WINDOWS-1252 -t UTF-8 db/migrations/002_b.sql > db/migrations/002_b.sql.utf8 && mv db/migrations/002_b.sql.utf8 db/migrations/002_b.sql   if it was written in Windows-1252"
    `);
  });

  test('a NUL byte is refused at its place, with the command that removes it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...FIRST, [up('002_b')]: 'CREATE TABLE b (\n  id\0 int\n);\n' });
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_b.sql holds a NUL byte, which PostgreSQL cannot take
        db/migrations/002_b.sql:2:5
        Next: tr -d '\\000' < db/migrations/002_b.sql > db/migrations/002_b.sql.clean && mv db/migrations/002_b.sql.clean db/migrations/002_b.sql"
    `);
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a bad rollback is found before anything is rolled back', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...FIRST, ...pair('002_b', TABLE_B, 'DROP TABLE b;\0') });
    await project.apply();
    expect(await answerOf(database, () => project.rollback({ to: '0' }))).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/rollbacks/002_b.sql holds a NUL byte, which PostgreSQL cannot take
        db/migrations/rollbacks/002_b.sql:1:14
        Next: tr -d '\\000' < db/migrations/rollbacks/002_b.sql > db/migrations/rollbacks/002_b.sql.clean && mv db/migrations/rollbacks/002_b.sql.clean db/migrations/rollbacks/002_b.sql"
    `);
  });
});
