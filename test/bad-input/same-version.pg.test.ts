import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, pair, type Tree } from '../support/project.ts';
import { answerOf, applyTo, commandIn } from './answer.ts';

const A = pair('002_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');
const B = pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;');

/** `npm run migrate:make -- …` as the arguments of the script that npm starts. */
const makeArguments = (command: string): readonly string[] => [
  'migrate-make',
  ...command.replace('npm run migrate:make -- ', '').split(' '),
];

onServer('newest', 'two files with one version', ({ freshDatabase }) => {
  const repaired = async (tree: Tree, appliedFirst: Tree = {}) => {
    const database = await freshDatabase();
    const { ours, write } = await createCheckout(database, appliedFirst);
    if (Object.keys(appliedFirst).length > 0) expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    await write(tree);
    const answers: string[] = [];
    for (;;) {
      const last = await ours(
        answers.length === 0 ? ['migrate-up', '--env', 'development'] : makeArguments(commandIn(answers.at(-1) ?? '')),
      );
      if (last.code === 0) break;
      expect(last.stdout).toBe('');
      answers.push(`exit ${last.code}\n${last.stderr}`.replaceAll(database.database, 'DATABASE'));
    }
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    return [answers, await historyOf(database)];
  };

  test('are refused with a command that gives one of them the next number', async () => {
    const [answers, history] = await repaired({ ...A, ...B });
    expect(answers).toMatchInlineSnapshot(`
      [
        "exit 2
      Two migrations have version 002: db/migrations/002_a.sql and db/migrations/002_b.sql
        db/migrations/002_b.sql
        Next: npm run migrate:make -- --renumber 002_b   gives it the next number (name the other one if this one is applied)
      ",
      ]
    `);
    expect(history).toEqual(['001_init', '002_a', '003_b']);
  });

  test('are refused when the versions are written differently', async () => {
    const [answers, history] = await repaired({ ...pair('2_a', 'SELECT 1;', 'SELECT 1;'), ...B });
    expect(answers).toMatchInlineSnapshot(`
      [
        "exit 2
      Two migrations have version 2: db/migrations/002_b.sql and db/migrations/2_a.sql
        db/migrations/2_a.sql
        Next: npm run migrate:make -- --renumber 2_a   gives it the next number (name the other one if this one is applied)
      ",
      ]
    `);
    expect(history).toEqual(['001_init', '002_b', '003_a']);
  });

  test('lead to the one that is not applied when the command names the applied one', async () => {
    const [answers, history] = await repaired(A, B);
    expect(answers).toMatchInlineSnapshot(`
      [
        "exit 2
      Two migrations have version 002: db/migrations/002_a.sql and db/migrations/002_b.sql
        db/migrations/002_b.sql
        Next: npm run migrate:make -- --renumber 002_b   gives it the next number (name the other one if this one is applied)
      ",
        "exit 3
      002_b is applied to DATABASE; its number is part of history there
        Next: npm run migrate:make -- --renumber 002_a
      ",
      ]
    `);
    expect(history).toEqual(['001_init', '002_b', '003_a']);
  });

  test('are refused before the database is opened, and by a dry run too', async () => {
    const database = await freshDatabase();
    const tree = { ...A, ...B };
    const answer = await applyTo(database, tree);
    const project = await createProject(database, tree);
    expect(await answerOf(database, () => project.dryRun('up'))).toBe(answer);
    expect(await database.query("select 1 from pg_class where relname like 'schema_migrations%'")).toEqual([]);
  });

  test('cannot be renumbered by their number alone', async () => {
    const { ours } = await createCheckout(await freshDatabase(), { ...A, ...B });
    const { code, stderr } = await ours(['migrate-make', '--renumber', '2']);
    expect(`exit ${code}\n${stderr}`).toMatchInlineSnapshot(`
      "exit 2
      Version 2 is used twice: 002_a, 002_b
        Next: npm run migrate:make -- --renumber 002_b   or the other name
      "
    `);
    const module = await ours(['migrate-make', '--module', '2']);
    expect(`exit ${module.code}\n${module.stderr}`).toMatchInlineSnapshot(`
      "exit 2
      Version 2 is used twice: 002_a, 002_b
        Next: npm run migrate:make -- --module 002_b   or the other name
      "
    `);
  });
});
