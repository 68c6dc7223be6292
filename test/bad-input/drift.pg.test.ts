import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, type TestProject, up } from '../support/project.ts';
import { answerOf, commandIn, paste } from './answer.ts';

const BODY = 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\nCREATE TABLE a (id int DEFAULT 1);\n';
const FIRST = pair('001_a', BODY, 'DROP TABLE a; DROP FUNCTION f;');
const SECOND = pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;');
const THIRD = pair('003_c', 'CREATE TABLE c (id int);', 'DROP TABLE c;');

onServer('newest', 'drift', ({ freshDatabase }) => {
  const applied = async (tree = FIRST) => {
    const database = await freshDatabase();
    const project = await createProject(database, tree);
    expect((await project.apply()).exitCode).toBe(0);
    return { database, project };
  };
  const edited = async (text: string) => {
    const { database, project } = await applied();
    await project.write({ [up('001_a')]: text });
    return { database, project, answer: await answerOf(database, () => project.apply()) };
  };

  test.each([
    ['a comment', `-- says nothing\n${BODY}`],
    ['white space', BODY.replace('TABLE a ', '\n  TABLE  a\n')],
    ['the case of keywords', BODY.replace('CREATE TABLE', 'create table').replace('RETURNS', 'returns')],
    ['BEGIN and COMMIT', `BEGIN;\n${BODY}COMMIT;\n`],
  ])('an edit of %s is a note, and the run goes on', async (_, text) => {
    const { database, project, answer } = await edited(text);
    expect(answer).toMatchInlineSnapshot(`
      "exit 0
      Nothing to apply (test: DATABASE on HOST:PORT, PostgreSQL VERSION)
      Note: db/migrations/001_a.sql was reformatted after it was applied; it means the same
      "
    `);
    await project.write(SECOND);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a', '002_b']);
  });

  test.each([
    ['a constant', BODY.replace('DEFAULT 1', 'DEFAULT 2')],
    ['the body of a function', BODY.replace('SELECT 1', 'SELECT 2')],
    ['a name in quotes', BODY.replace('TABLE a', 'TABLE "A"')],
    ['one statement more', `${BODY}CREATE TABLE more (id int);`],
    ['text that does not parse', 'CREATE TABEL a (id int);'],
  ])('an edit of %s stops the run', async (_, text) => {
    const { database, project, answer } = await edited(text);
    expect(answer.replace(/on \d{4}-\d\d-\d\d/, 'on DATE')).toMatchInlineSnapshot(`
      "exit 3
      db/migrations/001_a.sql was edited after it was applied on DATE; the database does not have what it says now
        db/migrations/001_a.sql
        Next: npm run migrate:repair -- --accept 001_a   if the database has what it says now; if not, bring the applied text back (git log -p -- db/migrations/001_a.sql) and put the change into a new migration: npm run migrate:make -- describe_the_change"
    `);
    await project.write(SECOND);
    expect((await answerOf(database, () => project.apply())).startsWith('exit 3')).toBe(true);
    expect((await answerOf(database, () => project.dryRun('up'))).startsWith('exit 3')).toBe(true);
    await project.write(FIRST);
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('an edited file can still be rolled back, with a note', async () => {
    const { database, project } = await applied();
    await project.write({ [up('001_a')]: BODY.replace('DEFAULT 1', 'DEFAULT 2') });
    const { exitCode, screen } = await project.rollback();
    expect([exitCode, await historyOf(database)]).toEqual([0, []]);
    expect(screen).toContain('Note: db/migrations/001_a.sql was edited after it was applied');
  });

  test('an applied file that is gone stops the run', async () => {
    const { database, project } = await applied({ ...FIRST, ...SECOND });
    project.remove(up('002_b'), down('002_b'));
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 3
      002_b is applied, and its files are gone
        db/migrations/002_b.sql
        Next: npm run migrate:repair -- --restore 002_b   writes db/migrations/002_b.sql again, as it was applied"
    `);
    expect(await answerOf(database, () => project.rollback())).toMatchInlineSnapshot(`
      "exit 3
      A rollback file is missing, so nothing was rolled back: db/migrations/rollbacks/002_b.sql
        Next: touch db/migrations/rollbacks/002_b.sql   and write the SQL that undoes it"
    `);
  });

  test('an applied module that is gone is looked for under its own name', async () => {
    const code = 'export async function up() {}\nexport async function down() {}\n';
    const { database, project } = await applied({ 'migrations/001_code.mjs': code });
    project.remove('migrations/001_code.mjs');
    expect(await answerOf(database, () => project.apply())).toContain(
      "Next: git log --diff-filter=D --name-only --oneline -- db/migrations/001_code.sql 'migrations/001_code.*'   finds the commit",
    );
  });

  test('an applied forward file that is gone while its rollback is still there stops the run', async () => {
    const { database, project } = await applied({ ...FIRST, ...SECOND });
    project.remove(up('002_b'));
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/rollbacks/002_b.sql rolls back a migration that does not exist
        db/migrations/rollbacks/002_b.sql
        Next: touch db/migrations/002_b.sql   and write the forward SQL; where it was deleted: git checkout HEAD -- db/migrations/002_b.sql"
    `);
  });

  test('several problems are told at once', async () => {
    const { database, project } = await applied({ ...FIRST, ...SECOND, ...THIRD });
    project.remove(up('002_b'), down('002_b'), up('003_c'), down('003_c'));
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 3
      2 things are in the way; nothing was changed
      1. 002_b is applied, and its files are gone
        db/migrations/002_b.sql
        Next: npm run migrate:repair -- --restore 002_b   writes db/migrations/002_b.sql again, as it was applied
      2. 003_c is applied, and its files are gone
        db/migrations/003_c.sql
        Next: npm run migrate:repair -- --restore 003_c   writes db/migrations/003_c.sql again, as it was applied"
    `);
  });

  const rename = async (project: TestProject): Promise<void> => {
    project.remove(up('002_b'), down('002_b'));
    await project.write(pair('002_better_name', 'CREATE TABLE b (id int);', 'DROP TABLE b;'));
  };

  test('a renamed applied file stops the run, with the command that names it back', async () => {
    const { database, project } = await applied({ ...FIRST, ...SECOND });
    await rename(project);
    const answer = await answerOf(database, () => project.apply());
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
    expect(answer).toMatchInlineSnapshot(`
      "exit 3
      002_b is applied, and its files are gone: they were renamed to 002_better_name
        db/migrations/002_b.sql
        Next: mv db/migrations/002_better_name.sql db/migrations/002_b.sql && mv db/migrations/rollbacks/002_better_name.sql db/migrations/rollbacks/002_b.sql   or keep the new name: npm run migrate:repair -- --rename 002_b=002_better_name"
    `);
  });

  test('another file with the version of an applied one stops the run', async () => {
    const { database, project } = await applied({ ...FIRST, ...SECOND });
    project.remove(up('002_b'), down('002_b'));
    await project.write(pair('002_other', 'CREATE TABLE other (id int);', 'DROP TABLE other;'));
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 3
      002_b is applied, and its files are gone; 002_other has its version
        db/migrations/002_b.sql
        Next: npm run migrate:repair -- --restore 002_b   writes db/migrations/002_b.sql again, as it was applied
              mv db/migrations/002_other.sql db/migrations/002_b.sql && mv db/migrations/rollbacks/002_other.sql db/migrations/rollbacks/002_b.sql   where 002_other is this migration, renamed and edited; if it is another one: npm run migrate:make -- --renumber 002_other"
    `);
  });

  test('a late lower version is applied with a note in test', async () => {
    const { database, project } = await applied({ ...FIRST, ...THIRD });
    await project.write(SECOND);
    const { exitCode, events } = await project.apply();
    const notes = events.filter((event) => event.type === 'note');
    expect(notes).toMatchInlineSnapshot(`
      [
        {
          "next": "npm run migrate:rollback -- --env test --to 003_c && npm run migrate:make -- --env test --renumber 002_b && npm run migrate:dev -- --env test",
          "text": "higher versions than 002_b are applied already; other environments refuse late versions until they have the next number",
          "type": "note",
        },
      ]
    `);
    expect([exitCode, await historyOf(database)]).toEqual([0, ['001_a', '003_c', '002_b']]);
  });

  test('a late lower version is refused in staging, with the command that renumbers it', async () => {
    const { database, project } = await applied({ ...FIRST, ...THIRD });
    await project.write(SECOND);
    const answer = await answerOf(database, () => project.apply({ env: 'staging', adopt: true }));
    expect(answer).toMatchInlineSnapshot(`
      "exit 3
      002_b appeared after 003_c was applied; where it belongs in the order is past
        db/migrations/002_b.sql
        Next: npm run migrate:make -- --renumber 002   gives it the next number"
    `);
    expect(commandIn(answer)).toBe('npm run migrate:make -- --renumber 002');
    expect(await isThere(database, 'b')).toBe(false);
  });

  test('the highest applied version is found by number: 10 comes after 9', async () => {
    const nine = pair('9_i', 'CREATE TABLE i (id int);', 'DROP TABLE i;');
    const { database, project } = await applied({ ...nine, ...pair('10_j', 'CREATE TABLE j (id int);', 'DROP TABLE j;') });
    await project.write(pair('8_h', 'CREATE TABLE h (id int);', 'DROP TABLE h;'));
    expect(await answerOf(database, () => project.apply({ env: 'staging', adopt: true }))).toContain('8_h appeared after 10_j was applied');
  });
});
