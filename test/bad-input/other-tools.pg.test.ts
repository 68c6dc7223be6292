import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, up } from '../support/project.ts';
import { answerOf, paste } from './answer.ts';

onServer('newest', 'projects of other tools', ({ freshDatabase }) => {
  test('a file that holds its own undo is refused before anything runs, and split by the command', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...pair('001_first', 'CREATE TABLE first (id int);', 'DROP TABLE first;'),
      [up('002_accounts')]: '-- migrate:up\nCREATE TABLE accounts (id int);\n\n-- migrate:down\nDROP TABLE accounts;\n',
      [down('002_accounts')]: 'SELECT 1;',
    });
    const answer = await answerOf(database, () => project.apply());
    expect(answer.split('\n').slice(0, 3).join('\n')).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/002_accounts.sql has its rollback in it (-- migrate:down, line 4)
        db/migrations/002_accounts.sql:4:1"
    `);
    paste(project, answer);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_first', '002_accounts']);
    expect(await isThere(database, 'accounts')).toBe(true);
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await isThere(database, 'accounts')).toBe(false);
  });

  test('a module that wraps such a file is refused before anything runs', async () => {
    const database = await freshDatabase();
    const module =
      "import { sqlMigration } from 'lockstep';\nconst it = sqlMigration(import.meta.url);\nexport const up = async (trx) => { await it.up(trx); };\nexport const down = it.down;\n";
    const project = await createProject(database, {
      ...pair('001_first', 'CREATE TABLE first (id int);', 'DROP TABLE first;'),
      [up('002_accounts')]: '-- +goose Up\nCREATE TABLE accounts (id int);\n-- +goose Down\nDROP TABLE accounts;\n',
      'migrations/002_accounts.ts': module,
    });
    expect(await answerOf(database, () => project.apply())).toContain('has its rollback in it (-- +goose Down, line 3)');
  });

  test('a rollback file with its forward SQL refuses the rollback', async () => {
    const database = await freshDatabase();
    const forward = '-- +goose Up\nCREATE TABLE a (id int);\n';
    const project = await createProject(database, pair('001_a', forward, `${forward}-- +goose Down\nDROP TABLE a;\n`));
    await project.apply();
    const answer = await answerOf(database, () => project.rollback());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      db/migrations/rollbacks/001_a.sql has its forward SQL in it (-- +goose Up, line 1)
        db/migrations/rollbacks/001_a.sql:1:1
        1 │ -- +goose Up
          │ ^
        Next: cp db/migrations/rollbacks/001_a.sql db/migrations/rollbacks/001_a.sql.old && sed '1,2d' db/migrations/rollbacks/001_a.sql.old > db/migrations/rollbacks/001_a.sql"
    `);
    paste(project, answer);
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await isThere(database, 'a')).toBe(false);
  });
});
