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
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_add_users']);
  });

  test('refuses a number alone', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_describe_me']);
  });

  test('refuses a dash behind the number', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002-add-users')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_add_users']);
  });

  test('refuses spaces', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002 add users')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_add_users']);
  });

  test('refuses a name with a quote and a dollar, and the command is still safe to paste', async () => {
    const [answer, history] = await refusedThenRepaired({ [up("002_it's $(touch bad)")]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_it_s_touch_bad']);
  });

  test('refuses letters that are not ASCII', async () => {
    const [answer, history] = await refusedThenRepaired({ [up('002_größe')]: 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_gro_e']);
  });

  test('refuses an extension in capital letters', async () => {
    const [answer, history] = await refusedThenRepaired({ 'db/migrations/002_b.SQL': 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_b']);
  });

  test('never proposes a name that is taken', async () => {
    const [answer, history] = await refusedThenRepaired({ 'db/migrations/001_a.SQL': 'SELECT 1;' });
    expect(answer).toMatchInlineSnapshot();
    expect(history).toEqual(['001_a', '002_a']);
  });

  test('refuses a badly named rollback and a badly named module as well, one after the other', async () => {
    const tree = { ...FIRST, 'db/migrations/rollbacks/2b.sql': 'SELECT 1;', 'migrations/b.ts': 'export {};' };
    expect(await applyTo(await freshDatabase(), tree)).toMatchInlineSnapshot();
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
    expect(await applyTo(await freshDatabase(), tree)).toMatchInlineSnapshot();
  });

  test('refuses two modules of one migration', async () => {
    const tree = { ...FIRST, 'migrations/001_a.ts': 'export {};', 'migrations/001_a.js': 'export {};' };
    expect(await applyTo(await freshDatabase(), tree)).toMatchInlineSnapshot();
  });

  test('refuses a module whose SQL is missing, with two commands that make it', async () => {
    const database = await freshDatabase();
    const module = "import { sqlMigration } from 'lockstep';\n\nexport const { up, down, config } = sqlMigration(import.meta.url);\n";
    const project = await createProject(database, { ...FIRST, 'migrations/002_b.ts': module });
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot();
    await project.write({ [up('002_b')]: '', [down('002_b')]: '' });
    paste(project, answer);
  });

  test('refuses a folder in the place of a file', async () => {
    const tree = { ...FIRST, 'db/migrations/002_b.sql/readme.txt': '' };
    const database = await freshDatabase();
    expect(await applyTo(database, tree)).toContain('exit 0');
    expect(await historyOf(database)).toEqual(['001_a']);
  });
});
