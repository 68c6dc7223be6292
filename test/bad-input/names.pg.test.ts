import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, type Tree, up } from '../support/project.ts';
import { answerOf, applyTo, paste } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

onServer('newest', 'names of files', ({ freshDatabase }) => {
  /** Refuses, then does what the refusal says, and applies. */
  const refusedThenRepaired = async (tree: Tree): Promise<readonly [string, readonly string[]]> => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...FIRST, ...tree });
    const answer = await answerOf(database, () => project.apply());
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
    return [answer, await historyOf(database)];
  };

  test('refuses a name without digits, and proposes the next number', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('add_users')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/add_users.sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/add_users.sql
        Next: mv db/migrations/add_users.sql db/migrations/002_add_users.sql"
    `);
    expect(history).toEqual(['001_a', '002_add_users']);
  });

  test('refuses a number alone', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002.sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/002.sql
        Next: mv db/migrations/002.sql db/migrations/002_describe_me.sql"
    `);
    expect(history).toEqual(['001_a', '002_describe_me']);
  });

  test('refuses a dash behind the number', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002-add-users')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002-add-users.sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/002-add-users.sql
        Next: mv db/migrations/002-add-users.sql db/migrations/002_add-users.sql"
    `);
    expect(history).toEqual(['001_a', '002_add-users']);
  });

  test('refuses spaces', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002 add users')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002 add users.sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/002 add users.sql
        Next: mv 'db/migrations/002 add users.sql' db/migrations/002_add_users.sql"
    `);
    expect(history).toEqual(['001_a', '002_add_users']);
  });

  test('refuses a name with a quote and a dollar, and the command is still safe to paste', async () => {
    const [answer, history] = await refusedThenRepaired({ [up("002_it's $(touch bad)")]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_it's $(touch bad).sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/002_it's $(touch bad).sql
        Next: mv 'db/migrations/002_it'\\''s $(touch bad).sql' db/migrations/002_it_s_touch_bad.sql"
    `);
    expect(history).toEqual(['001_a', '002_it_s_touch_bad']);
  });

  test('refuses letters that are not ASCII', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002_größe')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_größe.sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/002_größe.sql
        Next: mv 'db/migrations/002_größe.sql' db/migrations/002_gro_e.sql"
    `);
    expect(history).toEqual(['001_a', '002_gro_e']);
  });

  test('refuses an extension in capital letters', async () => {
    const [answer, history] = await refusedThenRepaired({ 'db/migrations/002_b.SQL': 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_b.SQL is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/002_b.SQL
        Next: mv db/migrations/002_b.SQL db/migrations/002_b.sql"
    `);
    expect(history).toEqual(['001_a', '002_b']);
  });

  test('never proposes a name that is taken', async () => {
    const [answer, history] = await refusedThenRepaired({ 'db/migrations/001_a.SQL': 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/001_a.SQL is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/001_a.SQL
        Next: mv db/migrations/001_a.SQL db/migrations/002_a.sql"
    `);
    expect(history).toEqual(['001_a', '002_a']);
  });

  test('names a rollback after its forward SQL', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002_b')]: 'SELECT 1;', [down('b')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/rollbacks/b.sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/rollbacks/b.sql
        Next: mv db/migrations/rollbacks/b.sql db/migrations/rollbacks/002_b.sql"
    `);
    expect(history).toEqual(['001_a', '002_b']);
  });

  test('refuses a badly named rollback and a badly named module at once', async () => {
    const tree = { ...FIRST, 'db/migrations/rollbacks/2b.sql': 'SELECT 1;', 'migrations/b.ts': 'export {};' };
    expect(await applyTo(await freshDatabase(), tree)).toMatchInlineSnapshot(`
      "exit 2
      2 things are in the way; nothing was changed
      1. db/migrations/rollbacks/2b.sql is not named NNN_description.sql: digits, an underscore, then letters, digits, _ or -
        db/migrations/rollbacks/2b.sql
        Next: mv db/migrations/rollbacks/2b.sql db/migrations/rollbacks/2_b.sql
      2. migrations/b.ts is not named NNN_description.ts: digits, an underscore, then letters, digits, _ or -
        migrations/b.ts
        Next: mv migrations/b.ts migrations/002_b.ts"
    `);
  });

  test('applies the longest name that a file system takes', async () => {
    const database = await freshDatabase();
    const name = `001_${'a'.repeat(247)}`;
    const project = await createProject(database, pair(name, 'CREATE TABLE a (id int);', 'DROP TABLE a;'));
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual([name]);
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await isThere(database, 'a')).toBe(false);
  });

  test('refuses a rollback whose forward SQL is missing', async () => {
    const tree = { ...FIRST, [down('002_b')]: 'DROP TABLE b;' };
    expect(await applyTo(await freshDatabase(), tree)).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/rollbacks/002_b.sql rolls back a migration that does not exist
        db/migrations/rollbacks/002_b.sql
        Next: touch db/migrations/002_b.sql   and write the forward SQL; where it was deleted: git checkout HEAD -- db/migrations/002_b.sql"
    `);
  });

  test('refuses two modules of one migration', async () => {
    const tree = { ...FIRST, 'migrations/001_a.ts': 'export {};', 'migrations/001_a.js': 'export {};' };
    expect(await applyTo(await freshDatabase(), tree)).toMatchInlineSnapshot(`
      "exit 2
      migrations/001_a.js and migrations/001_a.ts are modules of one migration
        migrations/001_a.ts
        Next: rm migrations/001_a.ts   or the other one"
    `);
  });

  test('refuses a module whose SQL is missing, with two commands that make it', async () => {
    const database = await freshDatabase();
    const module = "import { sqlMigration } from 'lockstep';\n\nexport const { up, down, config } = sqlMigration(import.meta.url);\n";
    const project = await createProject(database, { ...FIRST, 'migrations/002_b.ts': module });
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      migrations/002_b.ts wraps db/migrations/002_b.sql, which does not exist
        migrations/002_b.ts
        Next: touch db/migrations/002_b.sql
              touch db/migrations/rollbacks/002_b.sql"
    `);
    paste(project, answer);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      This SQL file is empty
        db/migrations/002_b.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });

  test('refuses a FIFO, which would be read for ever', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    execFileSync('sh', ['-c', `mkfifo ${up('002_fifo')}`], { cwd: project.root });
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_fifo.sql cannot be read (not a file)
        db/migrations/002_fifo.sql
        Next: ls -l db/migrations/002_fifo.sql"
    `);
  });
});
