import { expect, test } from 'vitest';
import { nextAfterStatus, statusText } from '../../src/report/status-text.ts';
import { onServer } from '../support/database.ts';
import { createProject, isThere, steady, up } from '../support/project.ts';
import { answerOf, paste } from './answer.ts';

const MODULE = "import { sqlMigration } from 'lockstep';\n\nexport const { up, down, config } = sqlMigration(import.meta.url);\n";

onServer('newest', 'SQL without a rollback', ({ freshDatabase }) => {
  test.each([
    ['with a module', { 'migrations/001_a.ts': MODULE }],
    ['without a module', {}],
  ])('is applied with a note in status (%s)', async (_, module) => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...module, [up('001_a')]: 'CREATE TABLE a (id int);' });
    expect((await project.apply()).exitCode).toBe(0);
    const status = await project.status();
    expect(steady(statusText(status, nextAfterStatus(status)))).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION

      No rollback: db/migrations/001_a.sql has no rollback
        Next: mkdir -p db/migrations/rollbacks && touch db/migrations/rollbacks/001_a.sql

      Applied: 1
        001_a   TIME   by postgres   DURATION

      Pending: none

      Next: npm run migrate:make -- describe_the_change   begins the next migration
      "
    `);
  });

  test('is not rolled back: the file to write is named, and nothing is undone', async () => {
    const database = await freshDatabase();
    const tree = { [up('001_a')]: 'CREATE TABLE a (id int);', [up('002_b')]: 'CREATE TABLE b (id int);' };
    const project = await createProject(database, tree);
    await project.apply();
    const answer = await answerOf(database, () => project.rollback());
    expect(answer).toMatchInlineSnapshot(`
      "exit 3
      A rollback file is missing, so nothing was rolled back: db/migrations/rollbacks/002_b.sql
        Next: mkdir -p db/migrations/rollbacks && touch db/migrations/rollbacks/002_b.sql   and write the SQL that undoes it"
    `);
    expect(await answerOf(database, () => project.rollback({ to: '0' }))).toMatchInlineSnapshot(`
      "exit 3
      2 rollback files are missing, so nothing was rolled back: db/migrations/rollbacks/002_b.sql, db/migrations/rollbacks/001_a.sql
        Next: mkdir -p db/migrations/rollbacks && touch db/migrations/rollbacks/002_b.sql db/migrations/rollbacks/001_a.sql   and write the SQL that undoes them"
    `);
    expect(await answerOf(database, () => project.dryRun('down'))).toBe(answer);
    expect([await isThere(database, 'a'), await isThere(database, 'b')]).toEqual([true, true]);
  });

  test('the command makes the folder where there is none yet', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { [up('001_a')]: 'CREATE TABLE a (id int);' });
    await project.apply();
    paste(project, await answerOf(database, () => project.rollback()));
    expect(await answerOf(database, () => project.rollback())).toMatchInlineSnapshot(`
      "exit 2
      This SQL file is empty
        db/migrations/rollbacks/001_a.sql
        Next: write the SQL into it; where nothing is to be done on purpose, write SELECT 1; or, in a comment, -- empty: why; emptyScripts: 'accept' in the policy (knexfile.ts) takes all such files"
    `);
  });
});
